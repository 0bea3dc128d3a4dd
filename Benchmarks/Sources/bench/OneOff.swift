import CPeers
import Foundation
import PonsMessages
import PonsViews
import PonsWire

/// Messages nobody predicts: fields in descending order, which every decoder must take. Nothing is learned either: the
/// general path alone is measured.
enum OneOff {
    static func table(_ wire: [[[UInt8]]], _ peers: [Item]) -> String {
        var text = "\n## one-off layouts: fields in descending order, ns\n\n"
        text +=
            "| message | Pons, owned decode | Pons, general view | C++ protobuf decode | protobuf-c decode |\n|---|--:|--:|--:|--:|"
        for message in [0, 1, 3] {
            let reversed = wire[message].map(descending)
            for (index, bytes) in reversed.enumerated() {
                peers_load(Int32(message), Int32(index), bytes, bytes.count)
            }
            let ring = Ring(reversed)
            let items =
                pons(message, ring)
                + ["C++ protobuf", "protobuf-c, bump allocator"].map { codec in
                    peers.first { $0.codec == codec && $0.message == message && $0.operation == "decode" }!
                }
            let copy = PonsItems.memcpy(message, ring)
            let results = Rounds(items: items, floors: [copy], countAllocations: peers_allocations).run()
            text += "\n| \(Item.messages[message]) |"
            text += results.map { String(format: " %.1f |", $0.nanoseconds) }.joined()
        }
        return text
    }

    private static func pons(_ message: Int, _ ring: Ring) -> [Item] {
        switch message {
        case 0: PonsItems.decode(0, ring, WholeBodyState.self) + ViewItems.checks(0, ring)
        case 1: PonsItems.decode(1, ring, JointSetpoint.self) + ViewItems.checks(1, ring)
        default: PonsItems.decode(3, ring, TaskRequest.self) + ViewItems.checks(3, ring)
        }
    }

    /// The same message with its fields the other way round, those of nested messages as they were.
    static func descending(_ bytes: [UInt8]) -> [UInt8] {
        var fields: [ArraySlice<UInt8>] = []
        bytes.withRawSpan { span in
            var reader = WireReader(span, isStrict: false)
            var start = 0
            do throws(WireError) {
                while let tag = try reader.nextTag() {
                    try reader.passOver(tag)
                    fields.append(bytes[start..<reader.offset])
                    start = reader.offset
                }
            } catch { PonsItems.fail("walk") }
        }
        return Array(fields.reversed().joined())
    }
}
