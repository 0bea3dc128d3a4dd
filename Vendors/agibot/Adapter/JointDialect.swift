public import PonsPort

/// How one robot of this vendor spreads its joints over topics: four robots, four native surfaces.
public struct JointDialect: Equatable, Sendable {
    /// Joints that travel together.
    public struct Group: Equatable, Sendable {
        public var commandTopic: String
        public var stateTopic: String
        /// Places in the manifest, in the order on the wire.
        public var joints: [Int]
    }

    public var groups: [Group]
    public var imuTopic: String
    /// Whether each joint has a sequence number.
    public var hasSequence: Bool
    /// ns between commands.
    public var commandPeriodNs: Int64

    public var commandLayout: JointMessage.Layout { .init(hasSequence: hasSequence, hasGains: true) }
    public var stateLayout: JointMessage.Layout { .init(hasSequence: hasSequence, hasGains: false) }

    /// - Parameter topics: of a group's commands and states, from the name that the manifest gives as `topic`.
    public init(
        _ manifest: PortManifest, imuTopic: String, hasSequence: Bool, commandPeriodNs: Int64,
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
        self.hasSequence = hasSequence
        self.commandPeriodNs = commandPeriodNs
    }
}
