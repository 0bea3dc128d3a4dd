public import PonsMessages

/// Protocol versions one end speaks.
public struct VersionRange: Equatable, Sendable {
    public let lowest: ProtocolVersion
    public let highest: ProtocolVersion

    /// What this implementation speaks: 1.0.
    public static var supported: VersionRange {
        VersionRange(lowest: ProtocolVersion(major: 1, minor: 0), highest: ProtocolVersion(major: 1, minor: 0))
    }

    public init(lowest: ProtocolVersion, highest: ProtocolVersion) {
        self.lowest = lowest
        self.highest = highest
    }

    /// The highest version both speak, or `nil` (VER-01). An inverted range matches nothing.
    public func common(with other: VersionRange) -> ProtocolVersion? {
        let low = max(lowest.order, other.lowest.order)
        let high = min(highest.order, other.highest.order)
        guard low <= high else { return nil }
        return ProtocolVersion(major: UInt32(high >> 32), minor: UInt32(truncatingIfNeeded: high))
    }
}

extension ProtocolVersion {
    public init(major: UInt32, minor: UInt32) {
        self.init()
        self.major = major
        self.minor = minor
    }

    fileprivate var order: UInt64 { UInt64(major) << 32 | UInt64(minor) }
}
