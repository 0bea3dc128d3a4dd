public import PonsRobot

/// Breaks at most one requirement, and counts how often it did: a mutant that was never applied has proven nothing.
public struct MutantFaults: FaultPort {
    public let fault: Fault?
    public private(set) var appliedCount = 0

    public init(_ fault: Fault? = nil) { self.fault = fault }

    public mutating func breaks(_ fault: Fault) -> Bool {
        guard fault == self.fault else { return false }
        appliedCount += 1
        return true
    }
}
