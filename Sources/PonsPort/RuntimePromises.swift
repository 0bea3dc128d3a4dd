public import PonsMessages

extension TimingDescription {
    /// What the runtime keeps, whatever robot is behind it; rates and the deadline of setpoints are the robot's own.
    public static var runtime: TimingDescription {
        var timing = TimingDescription()
        timing.chunkDeadlineNs = 500_000_000
        timing.setpointMaxLeadNs = 100_000_000
        timing.taskMaxLeadNs = 2_000_000_000
        timing.leaseDurationNs = 1_000_000_000
        timing.heartbeatPeriodNs = 100_000_000
        timing.peerTimeoutNs = 300_000_000
        timing.syncValidityNs = 30_000_000_000
        timing.maxObservationAgeNs = 500_000_000
        timing.safetyTimeoutNs = 200_000_000
        timing.arraySkewNs = 0
        return timing
    }
}

extension ProtocolLimits {
    /// What the runtime has room for.
    public static var runtime: ProtocolLimits {
        var limits = ProtocolLimits()
        limits.maxControlFrame = 65_536
        limits.maxDatagramFrame = 1200
        limits.maxSessions = 8
        limits.maxConcurrentTasks = 4
        limits.maxChunkHorizon = 100
        limits.maxString = 1024
        limits.maxPlanNodes = 256
        limits.maxSetpointRateHz = 1000
        limits.commandMemory = 10_000
        limits.maxCounterGap = 1_000_000
        return limits
    }
}
