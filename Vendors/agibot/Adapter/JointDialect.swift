public import PonsPort
import ROS2Messages

/// How one robot of this vendor spreads its joints over topics: four robots, four native surfaces.
public struct JointDialect: Equatable, Sendable {
    /// Joints that travel together.
    public struct Group: Equatable, Sendable {
        public var commandTopic: String
        public var stateTopic: String
        /// Places in the manifest, in the order on the wire.
        public var joints: [Int]
    }

    /// ROS 2's names of the messages that carry joints.
    public struct Messages: Equatable, Sendable {
        public var package: String
        public var command: String
        public var state: String

        public init(package: String, command: String, state: String) {
            (self.package, self.command, self.state) = (package, command, state)
        }
    }

    public var groups: [Group]
    public var imuTopic: String
    public var messages: Messages
    /// Whether each joint has a sequence number.
    public var hasSequence: Bool
    /// ns between commands.
    public var commandPeriodNs: Int64

    public var commandLayout: JointMessage.Layout { .init(hasSequence: hasSequence, hasGains: true) }
    public var stateLayout: JointMessage.Layout { .init(hasSequence: hasSequence, hasGains: false) }

    /// What travels over DDS.
    public var topics: [NativeTopic] {
        let (command, state) = (
            NativeTopic.rosType(messages.package, messages.command),
            NativeTopic.rosType(messages.package, messages.state)
        )
        return groups.flatMap { group in
            [NativeTopic(group.commandTopic, command, .toBody), NativeTopic(group.stateTopic, state, .fromBody)]
        } + [NativeTopic(imuTopic, ImuMessage.type, .fromBody)]
    }

    /// - Parameter topics: of a group's commands and states, from the name that the manifest gives as `topic`.
    public init(
        _ manifest: PortManifest, _ messages: Messages, imuTopic: String, hasSequence: Bool, commandPeriodNs: Int64,
        topics: (String) -> (command: String, state: String)
    ) {
        var names: [String] = []
        for name in manifest.joints.compactMap(\.topic) where !names.contains(name) { names.append(name) }
        groups = names.map { name in
            let (command, state) = topics(name)
            return Group(
                commandTopic: command, stateTopic: state,
                joints: manifest.joints.indices.filter { manifest.joints[$0].topic == name })
        }
        self.imuTopic = imuTopic
        self.messages = messages
        self.hasSequence = hasSequence
        self.commandPeriodNs = commandPeriodNs
    }
}
