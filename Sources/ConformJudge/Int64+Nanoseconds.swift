extension Int64 {
    /// 146 years. What a robot says of time may be anything: within ± this, sums of a few times can't overflow.
    private static let farNs: Int64 = 1 << 62

    /// Nanoseconds that were calculated from what a robot said: kept within 146 years; NaN is none.
    public init(ns value: Double) {
        self = value.isNaN ? 0 : Int64(Swift.min(Swift.max(value, -Double(Self.farNs)), Double(Self.farNs)))
    }

    /// Nanoseconds from another time to this one; at most 146 years.
    public func since(_ other: Int64) -> Int64 {
        let (difference, isFar) = subtractingReportingOverflow(other)
        if isFar { return self < other ? -Self.farNs : Self.farNs }
        return Swift.min(Swift.max(difference, -Self.farNs), Self.farNs)
    }
}

extension Int {
    /// A count that was calculated from what a robot said: not negative, and none that nothing could hold.
    public init(count value: Double) { self = value.isNaN ? 0 : Int(Swift.min(Swift.max(value, 0), 1e9)) }
}
