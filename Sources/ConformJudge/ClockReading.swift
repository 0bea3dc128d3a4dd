/// What a client knew of the robot's clock at one time.
public struct ClockReading: Equatable, Sendable {
    /// Tester's clock, ns.
    public var timeNs: Int64
    /// Robot time minus tester time.
    public var offsetNs: Int64
    public var uncertaintyNs: Int64
    /// Share by which the clocks may drift apart between readings (TIM-03); 0 where the offset is known, not measured.
    public var drift: Double

    public init(timeNs: Int64, offsetNs: Int64, uncertaintyNs: Int64, drift: Double = 200e-6) {
        self.timeNs = timeNs
        self.offsetNs = offsetNs
        self.uncertaintyNs = uncertaintyNs
        self.drift = drift
    }
}
