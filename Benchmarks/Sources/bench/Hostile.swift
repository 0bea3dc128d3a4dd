import CPeers
import Foundation
import PonsMessages
import PonsViews
import PonsWire
import SwiftProtobuf

/// Bytes that a sender made to cost the receiver time: nanoseconds a byte, whether they are taken or refused.
enum Hostile {
    static func table() -> String {
        var text =
            "\n## hostile input, ns a byte\n\n| input | bytes | Pons, owned | Pons, general view | swift-protobuf |\n|---|--:|--:|--:|--:|"
        for (name, bytes) in inputs {
            let ring = Ring(Array(repeating: bytes, count: Samples.ring))
            let items = [owned(ring), view(ring), swiftProtobuf(bytes)]
            let copy = PonsItems.memcpy(0, ring)
            let results = Rounds(items: items, floors: [copy], countAllocations: peers_allocations).run()
            text += "\n| \(name) | \(bytes.count) |"
            text += results.map { String(format: " %.2f |", $0.nanoseconds / Double(bytes.count)) }.joined()
        }
        return text
    }

    private static let inputs: [(String, [UInt8])] = [
        // Field 100 as a varint, two bytes of tag and one of value.
        ("unknown fields, the smallest", repeated([0xA0, 0x06, 0x01], 60_000)),
        ("numbers one to a field, not packed", repeated([0x4D, 0, 0, 0x80, 0x3F], 20_000)),
        ("varints of ten bytes", repeated([0xA0, 0x06] + Array(repeating: 0x80, count: 9) + [0], 60_000)),
        ("one field over and over", repeated([0x18, 0x01], 60_000)),
        ("many empty arrays", repeated([0x4A, 0x00], 60_000)),
        ("a varint without an end", repeated([0xA0, 0x06, 0x01], 59_999) + Array(repeating: 0xFF, count: 20)),
    ]

    private static func repeated(_ bytes: [UInt8], _ size: Int) -> [UInt8] {
        Array(repeatElement(bytes, count: size / bytes.count).joined())
    }

    private static func owned(_ ring: Ring) -> Item {
        let kept = UnsafeMutablePointer<WholeBodyState>.allocate(capacity: 1)
        kept.initialize(to: WholeBodyState())
        return Item(codec: "Pons, owned", message: 0, operation: "decode") { count in
            for index in 0..<count { do { try kept.pointee.decode(replacing: ring[index].span) } catch {} }
        }
    }

    private static func view(_ ring: Ring) -> Item {
        Item(codec: "Pons, general view", message: 0, operation: "view") { count in
            for index in 0..<count { look(ring[index].span) }
        }
    }

    @inline(never) private static func look(_ bytes: RawSpan) {
        do throws(WireError) { _ = try WholeBodyStateView(bytes) != nil } catch {}
    }

    private static func swiftProtobuf(_ bytes: [UInt8]) -> Item {
        Item(codec: "swift-protobuf", message: 0, operation: "decode new") { count in
            for _ in 0..<count { do { _ = try Pons_V1_WholeBodyState(serializedBytes: bytes) } catch {} }
        }
    }
}
