import Crypto
public import PonsMessages

/// The body of a descriptor as URDF: links, joints, and the limits that hold (DSC-09).
public struct BodyModel: Sendable {
    public let bytes: [UInt8]
    public let sha256: [UInt8]

    public init(of descriptor: Descriptor) {
        let links = Set(descriptor.joints.flatMap { [$0.parentLink, $0.childLink] }).sorted()
        var text = "<?xml version=\"1.0\"?>\n<robot name=\"body\">\n"
        for link in links { text += "  <link name=\"\(link)\"/>\n" }
        for joint in descriptor.joints { text += Self.element(joint) }
        text += "</robot>\n"
        bytes = Array(text.utf8)
        sha256 = Array(SHA256.hash(data: bytes))
    }

    /// The file, where this is its hash.
    public func content(sha256: [UInt8]) -> [UInt8]? { sha256 == self.sha256 ? bytes : nil }

    public var reference: ContentReference {
        var reference = ContentReference()
        reference.mediaType = "application/urdf+xml"
        reference.sha256 = sha256
        reference.size = UInt64(bytes.count)
        reference.name = "body"
        return reference
    }

    private static func element(_ joint: JointDescription) -> String {
        let hard = joint.hardPosition ?? Interval()
        // An effort that nobody knows is left out: 0 would be a limit.
        let effort = joint.effortLimit.map { "effort=\"\($0)\" " } ?? ""
        return """
              <joint name="\(joint.name)" type="revolute">
                <parent link="\(joint.parentLink)"/>
                <child link="\(joint.childLink)"/>
                <limit lower="\(hard.lower ?? 0)" upper="\(hard.upper ?? 0)" \
            \(effort)velocity="\(joint.velocityLimit ?? 0)"/>
              </joint>

            """
    }
}
