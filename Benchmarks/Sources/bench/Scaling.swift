import CPeers
import Foundation
import PonsMessages
import PonsSpinal

/// The state of robots of 6 to 1000 joints: how the cost of a form grows with the message.
enum Scaling {
    static func table(_ peers: [Item]) -> String {
        var text = "\n## scaling, state, ns by joints\n\n| joints | bytes |"
        var isHeaded = false
        for joints in [6, 12, 30, 64, 128, 256, 500, 1000] {
            let states = (0..<Samples.ring).map { Samples.state($0, joints: joints) }
            let wire = states.map { $0.encoded() }
            for (index, bytes) in wire.enumerated() {
                peers_load(Int32(PEERS_STATE), Int32(index), bytes, bytes.count)
            }
            peers_refresh_states()
            let ring = Ring(wire)
            var items = fixed(joints, ring) + PonsItems.owned(0, states)
            items += ViewItems.checks(0, ring) + [ViewItems.learnedState(ring)]
            items += peers.filter {
                $0.message == 0
                    && ($0.codec == "C++ protobuf" || $0.codec == "FlatBuffers" && $0.operation == "view")
            }
            items.removeAll { $0.operation == "decode new" }
            let copy = PonsItems.memcpy(0, ring)
            let results = Rounds(items: [copy] + items, floors: [copy], countAllocations: peers_allocations).run()
            // Beyond 256 joints there is no fixed form: its columns stay empty.
            let missing = 2 - items.filter { $0.codec == "Pons, fixed" }.count
            if !isHeaded {
                isHeaded = true
                text += results.map { " \($0.item.codec) \($0.item.operation) |" }.joined()
                text += "\n|" + String(repeating: "--:|", count: results.count + 2)
            }
            var cells = results.map { String(format: "%.1f", $0.nanoseconds) }
            cells.insert(contentsOf: Array(repeating: "", count: missing), at: 1)
            text += "\n| \(joints) | \(wire[0].count) | " + cells.joined(separator: " | ") + " |"
        }
        return text
    }

    private static func fixed(_ joints: Int, _ ring: Ring) -> [Item] {
        switch joints {
        case 6: PonsItems.fixed(0, ring, FixedWholeBodyState<6>.self)
        case 12: PonsItems.fixed(0, ring, FixedWholeBodyState<12>.self)
        case 30: PonsItems.fixed(0, ring, FixedWholeBodyState<30>.self)
        case 64: PonsItems.fixed(0, ring, FixedWholeBodyState<64>.self)
        case 128: PonsItems.fixed(0, ring, FixedWholeBodyState<128>.self)
        case 256: PonsItems.fixed(0, ring, FixedWholeBodyState<256>.self)
        default: []
        }
    }
}
