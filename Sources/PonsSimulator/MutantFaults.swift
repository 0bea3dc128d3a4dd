public import PonsRobot

/// Breaks at most one requirement, and counts how often it did: a mutant that was never applied has proven nothing.
public struct MutantFaults: FaultPort {
    public let fault: Fault?
    public let late: LateReaction?
    public private(set) var appliedCount = 0

    public init(_ fault: Fault? = nil, late: LateReaction? = nil) {
        self.fault = fault
        self.late = late
    }

    public mutating func lateness(_ reaction: TimedReaction) -> Int64 {
        guard let late, late.reaction == reaction else { return 0 }
        appliedCount += 1
        return late.ns
    }

    public mutating func breaks(_ fault: Fault) -> Bool {
        guard fault == self.fault else { return false }
        appliedCount += 1
        return true
    }
}
