public import PonsMessages

/// What a port says of itself, with the files that its descriptor refers to.
public struct PortDescription: Sendable {
    public let descriptor: Descriptor
    private let bodyModel: BodyModel

    /// - Parameter isSimulator: whether the native side is simulated; it can be injected into then.
    public init(_ manifest: PortManifest, firmware: String, isSimulator: Bool, isLab: Bool) {
        var descriptor = manifest.descriptor(firmware: firmware, isSimulator: isSimulator, isLab: isLab)
        bodyModel = BodyModel(of: descriptor)
        descriptor.bodyModels = [bodyModel.reference]
        self.descriptor = descriptor
    }

    public func content(sha256: [UInt8]) -> [UInt8]? { bodyModel.content(sha256: sha256) }
}
