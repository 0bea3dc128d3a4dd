import CPeers
import Foundation
import PonsMessages

let states = (0..<Samples.ring).map { Samples.state($0) }
let setpoints = (0..<Samples.ring).map { Samples.setpoint($0) }
let images = (0..<Samples.ring).map { Samples.depth($0) }
let plans = (0..<Samples.ring).map { Samples.plan($0) }
let wire = [
    states.map { $0.encoded() }, setpoints.map { $0.encoded() }, images.map { $0.encoded() },
    plans.map { $0.encoded() },
]
for (message, ring) in wire.enumerated() {
    for (index, bytes) in ring.enumerated() { peers_load(Int32(message), Int32(index), bytes, bytes.count) }
}

let floors = wire.enumerated().map { PonsItems.memcpy($0, $1) }
var peerCount = 0
let peers = UnsafeBufferPointer(start: peers_items(&peerCount), count: peerCount).map { peer in
    Item(
        codec: String(cString: peer.peer), message: Int(peer.message), operation: String(cString: peer.operation),
        run: { _ = peer.run($0) })
}
var items = PonsItems.owned(0, states) + PonsItems.fixed(0, wire[0], FixedWholeBodyState<30>.self)
items += PonsItems.inPlace(wire[0], wire[1])
items += PonsItems.owned(1, setpoints) + PonsItems.fixed(1, wire[1], FixedJointSetpoint<30>.self)
items += PonsItems.owned(2, images) + PonsItems.owned(3, plans)
items += SwiftProtobufItems.all(0, wire[0], Pons_V1_WholeBodyState.self)
items += SwiftProtobufItems.all(1, wire[1], Pons_V1_JointSetpoint.self)
items += SwiftProtobufItems.all(2, wire[2], Pons_V1_Image.self)
items += SwiftProtobufItems.all(3, wire[3], Pons_V1_TaskRequest.self)
items += ViewItems.all(wire)
items += peers

let results = Rounds(items: items, floors: floors, countAllocations: peers_allocations).run()
for (message, name) in Item.messages.enumerated() {
    print("\n## \(name), \(wire[message][0].count) bytes\n")
    print("| codec | operation | × memcpy | ns | allocations |\n|---|---|--:|--:|--:|")
    for result in results where result.item.message == message {
        let numbers = String(format: "%.2f | %.1f | %.1f", result.ratio, result.nanoseconds, result.allocations)
        print("| \(result.item.codec) | \(result.item.operation) | \(numbers) |")
    }
}
print(Scaling.table(peers))
