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

// `bench export FOLDER`: the messages the motor controller is measured with.
if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "export" {
    let folder = URL(filePath: CommandLine.arguments[2])
    try Data(wire[0][0]).write(to: folder.appending(path: "state.bin"))
    try Data(wire[1][0]).write(to: folder.appending(path: "setpoint.bin"))
    exit(0)
}

for (message, ring) in wire.enumerated() {
    for (index, bytes) in ring.enumerated() { peers_load(Int32(message), Int32(index), bytes, bytes.count) }
}

let rings = wire.map { Ring($0) }
let floors = rings.enumerated().map { PonsItems.memcpy($0, $1) }
var peerCount = 0
let peers = UnsafeBufferPointer(start: peers_items(&peerCount), count: peerCount).map { peer in
    Item(
        codec: String(cString: peer.peer), message: Int(peer.message), operation: String(cString: peer.operation),
        run: { _ = peer.run($0) })
}
var items = PonsItems.owned(0, states) + PonsItems.fixed(0, rings[0], FixedWholeBodyState<30>.self)
items += PonsItems.inPlace(rings[0], rings[1])
items += PonsItems.owned(1, setpoints) + PonsItems.fixed(1, rings[1], FixedJointSetpoint<30>.self)
items += PonsItems.owned(2, images) + [PonsItems.head(2, images)] + PonsItems.owned(3, plans)
items += SwiftProtobufItems.all(0, wire[0], Pons_V1_WholeBodyState.self)
items += SwiftProtobufItems.all(1, wire[1], Pons_V1_JointSetpoint.self)
items += SwiftProtobufItems.all(2, wire[2], Pons_V1_Image.self)
items += SwiftProtobufItems.all(3, wire[3], Pons_V1_TaskRequest.self)
items += ViewItems.all(rings)
items += peers

// `bench state owned`: only what has all these words in its name, for work on one of them.
// A number says how many rounds.
let (numbers, words) = CommandLine.arguments.dropFirst().reduce(into: ([Int](), [String]())) { result, word in
    if let number = Int(word) { result.0.append(number) } else { result.1.append(word) }
}
items = items.filter { item in words.allSatisfy { item.name.contains($0) } }

let measured = Set(items.map(\.message))
let results = Rounds(
    items: items, floors: floors.filter { measured.contains($0.message) }, countAllocations: peers_allocations
)
.run(rounds: numbers.first ?? Rounds.usual)
for (message, name) in Item.messages.enumerated() where items.contains(where: { $0.message == message }) {
    print("\n## \(name), \(wire[message][0].count) bytes\n")
    print("| codec | operation | × memcpy | ns | allocations |\n|---|---|--:|--:|--:|")
    for result in results where result.item.message == message {
        let numbers = String(format: "%.2f | %.1f | %.1f", result.ratio, result.nanoseconds, result.allocations)
        print("| \(result.item.codec) | \(result.item.operation) | \(numbers) |")
    }
}
if words.isEmpty || words == ["frames"] { print(Frames.table(wire)) }
if words.isEmpty {
    print(OneOff.table(wire, peers))
    print(Hostile.table())
    print(Scaling.table(peers))
}
