public import PonsVocabulary

/// The edges of the safety state machine as the spec lists them: the judge's own copy, not the robot's code (SAF-02).
public enum TransitionTable {
    public static func allows(_ from: SafetyState, _ to: SafetyState, edge: Int) -> Bool {
        edges.contains { $0.edge == edge && $0.from.contains(from) && $0.to.contains(to) }
    }

    private static let moving: [SafetyState] = [.operational, .reduced]
    private static let powered: [SafetyState] = [
        .standby, .operational, .reduced, .stopping, .settling, .protectiveStop, .recovery,
    ]

    private static let edges: [(edge: Int, from: [SafetyState], to: [SafetyState])] = [
        (1, [.unspecified], [.initialising]),
        (2, [.initialising], [.off]),
        (3, [.initialising], [.emergencyStop, .fault]),
        (4, [.off], [.standby]),
        (5, [.standby], [.operational]),
        (6, moving, moving),
        (7, moving, [.standby]),
        (8, [.standby, .operational, .reduced, .recovery], [.stopping, .settling]),
        (9, [.stopping], [.protectiveStop]),
        (10, [.stopping, .settling], [.protectiveStop]),
        (11, [.stopping, .settling], [.emergencyStop]),
        (12, powered + [.off], [.emergencyStop]),
        (13, [.stopping, .settling], [.fault]),
        (14, [.protectiveStop], [.protectiveStop, .fault]),
        (15, [.protectiveStop], [.emergencyStop, .fault]),
        (16, [.protectiveStop], [.standby]),
        (17, [.protectiveStop], [.off, .standby]),
        (18, [.emergencyStop], [.off]),
        (19, [.fault], [.off]),
        (20, powered + [.off], [.fault]),
        (21, powered, [.fall]),
        (22, [.fall, .off, .recovery], [.recovery, .off, .standby]),
        (23, [.protectiveStop, .fault, .recovery], [.recovery, .protectiveStop]),
        (24, [.standby], [.off]),
    ]
}
