import PonsMessages

/// Who drives the whole body: the robot's own controller or an external one, and never both (HUM-10).
///
/// Between the two lies SWITCHING, in which nobody moves anything. What fails ends with the robot's own controller.
struct ControlSourceSwitch: Sendable {
    /// How long a change takes; ns.
    static let durationNs: Int64 = 300_000_000

    private(set) var source = ControlSource.internal
    private(set) var sinceNs: Int64 = 0
    private var change: (to: ControlSource, dueNs: Int64)?
    /// The next change fails (part CNF).
    var failsNext = false

    /// Begins a change; true where it leads anywhere.
    mutating func begin(_ wanted: ControlSource, at now: Int64) -> Bool {
        guard source != .switching, wanted != source else { return false }
        change = (wanted, now + Self.durationNs)
        set(.switching, now)
        return true
    }

    /// Ends a change that is due; true where the source is another one now.
    mutating func advance(to now: Int64) -> Bool {
        guard let change, now >= change.dueNs else { return false }
        self.change = nil
        set(failsNext ? .internal : change.to, now)
        failsNext = false
        return true
    }

    private mutating func set(_ source: ControlSource, _ now: Int64) {
        self.source = source
        sinceNs = now
    }
}
