import ConformJudge
public import PonsMessages

/// Something a test must know about this robot and its cell (IXIT): which joint may move, which camera is looked at.
public struct TestParameter: Sendable {
    public enum Kind: String, CaseIterable, Sendable { case joint, resource, gripper, sensor, frame }

    public let id: String
    public let kind: Kind
    public let text: [String: String]
    /// Of a sensor, as the descriptor names it: COLOUR_CAMERA.
    public let sensorKind: String?
    /// The item without which there is nothing to name.
    public let item: String?
    /// Parts of names that a default is taken from first.
    public let prefer: [String]

    init(_ entry: StepArgument, _ file: String) throws(DefinitionError) {
        id = entry["id"]?.text ?? ""
        guard let kind = Kind(rawValue: entry["type"]?.text ?? "") else {
            throw DefinitionError(
                file: file, line: entry.line, column: entry.column, message: "parameter \(id) has no known type",
                hint: "use \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.kind = kind
        text = entry.texts("text")
        sensorKind = entry["kind"]?.text
        item = entry["item"]?.text
        prefer = entry.names("prefer")
    }

    /// Everything in a robot's description that it could be.
    public func choices(in descriptor: Descriptor) -> [String] {
        switch kind {
        // The more room a joint has, the likelier it is an arm's, and free on both sides.
        case .joint:
            descriptor.joints.filter { Self.range($0) >= 0.9 }.sorted { Self.range($0) > Self.range($1) }.map(\.name)
        case .resource: descriptor.resources.map(\.name)
        case .gripper: descriptor.grippers.map(\.name)
        case .frame: descriptor.frames.map(\.name)
        case .sensor: descriptor.sensors.filter { "\($0.kind.label)" == sensorKind }.map(\.id)
        }
    }

    /// The choice taken where nobody has named one.
    public func choice(in descriptor: Descriptor, except taken: Set<String>) -> String? {
        let choices = choices(in: descriptor).filter { !taken.contains($0) }
        for name in prefer {
            if let choice = choices.first(where: { $0 == name }) ?? choices.first(where: { $0.contains(name) }) {
                return choice
            }
        }
        return choices.first
    }

    /// What stands in a test for a name: resources are known by number there.
    func value(of name: String, in descriptor: Descriptor) -> String {
        guard kind == .resource, let resource = descriptor.resources.first(where: { $0.name == name }) else {
            return name
        }
        return "\(resource.id)"
    }

    /// Tests move a joint by up to 0.6 rad to one side and 0.3 rad to the other.
    private static func range(_ joint: JointDescription) -> Double {
        guard let lower = joint.softPosition?.lower, let upper = joint.softPosition?.upper else { return 0 }
        return upper - lower
    }
}
