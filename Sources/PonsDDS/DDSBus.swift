import CPonsDDS
public import PonsPort
import Synchronization

/// A native interface over DDS, so that adapter and body can be two processes, or one of them a vendor's own.
///
/// Writers are reliable and keep ten messages, so that whoever reads finds a match; readers of streams are best effort and
/// match every writer; what is latched waits for whoever comes late. Messages are bytes in XCDR1: nothing is known of their fields here.
///
/// Safe to use from any thread: Cyclone DDS is, and all else is constant.
public final class DDSBus: NativeBus, @unchecked Sendable {
    public enum Side: Sendable {
        case adapter
        case body
    }

    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private static let depth: Int32 = 10

    private let participant: Int32
    private var writers: [String: pons_dds_endpoint] = [:]
    private var readers: [String: pons_dds_endpoint] = [:]
    /// As long as the longest message of all topics may be.
    private let room: Mutex<[UInt8]>
    private let lost = Atomic(0)

    /// - Parameters:
    ///   - domain: 0 to 230; a robot of Unitree's lives on 0, its simulator on 1.
    ///   - interface: of the network, such as `eth0`; `lo` keeps everything on this machine; `nil` for what CYCLONEDDS_URI says.
    ///   - side: whose messages are written; the other's are read.
    public init(domain: UInt32, interface: String?, side: Side, topics: [NativeTopic]) throws(Failure) {
        if let interface, !interface.allSatisfy({ $0.isLetter || $0.isNumber || "._-".contains($0) }) {
            throw Failure(description: "'\(interface)' is no name of a network interface; ip link shows what there is")
        }
        room = Mutex(Array(repeating: 0, count: topics.map(\.largest).max() ?? 0))
        participant = pons_dds_join(domain, interface.map(Self.configuration) ?? "")
        guard participant >= 0 else {
            let place = interface.map { " on \($0) (ip link shows what there is)" } ?? ""
            throw Self.failure("domain \(domain)\(place)", participant)
        }
        for topic in topics {
            let writes = (topic.direction == .toBody) == (side == .adapter)
            let endpoint =
                writes
                ? pons_dds_writer(participant, topic.name, topic.type, true, topic.isLatched, Self.depth)
                : pons_dds_reader(
                    participant, topic.name, topic.type, topic.isReliable, topic.isLatched, Self.depth)
            guard endpoint.entity >= 0 else {
                pons_dds_leave(participant)
                throw Self.failure(topic.name, endpoint.entity)
            }
            if writes { writers[topic.name] = endpoint } else { readers[topic.name] = endpoint }
        }
    }

    deinit { pons_dds_leave(participant) }

    /// Messages that could not be handed to DDS, or were too large to be taken.
    public var lostCount: Int { lost.load(ordering: .relaxed) }

    /// Whether every topic has somebody at its other end.
    public var isMatched: Bool {
        writers.values.allSatisfy { pons_dds_matched($0) > 0 } && readers.values.allSatisfy { pons_dds_matched($0) > 0 }
    }

    public func publish(_ bytes: [UInt8], on topic: String) {
        guard let writer = writers[topic], pons_dds_write(writer, bytes, bytes.count) >= 0 else { return lose() }
    }

    public func take(_ topic: String) -> [[UInt8]] {
        guard let reader = readers[topic] else { return [] }
        return room.withLock { room in
            var messages: [[UInt8]] = []
            while true {
                let size = Int(pons_dds_take(reader, &room, room.count))
                if size > room.count {
                    lose()
                } else if size > 0 {
                    messages.append(Array(room[..<size]))
                } else {
                    return messages
                }
            }
        }
    }

    private func lose() { lost.add(1, ordering: .relaxed) }

    private static func failure(_ what: String, _ code: Int32) -> Failure {
        Failure(description: "DDS, \(what): \(String(cString: pons_dds_error(code)))")
    }

    /// One network, and of the loopback one only this machine: without multicast peers are asked one by one.
    private static func configuration(_ interface: String) -> String {
        let isLocal = interface == "lo"
        return """
            <General><Interfaces><NetworkInterface name="\(interface)"\(isLocal ? " multicast=\"false\"" : "")/></Interfaces>\
            <AllowMulticast>\(isLocal ? "false" : "default")</AllowMulticast></General>\
            <Discovery><ParticipantIndex>auto</ParticipantIndex>\
            \(isLocal ? "<Peers><Peer Address=\"127.0.0.1\"/></Peers>" : "")</Discovery>
            """
    }
}
