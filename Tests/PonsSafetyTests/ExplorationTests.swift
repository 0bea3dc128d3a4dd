import Foundation
import PonsSafety
import PonsVocabulary
import Testing

/// Every reachable state of the supervisor under every input, and the invariants of part SAF in each.
@Suite struct ExplorationTests {
    private struct Node {
        var supervisor: SafetySupervisor
        var now: Int64
    }

    /// The table, written down here a second time: the supervisor must not take any other edge.
    private static let table: [UInt8: (from: Set<SafetyState>, to: Set<SafetyState>)] = {
        let moving: Set<SafetyState> = [.operational, .reduced]
        let powered: Set<SafetyState> = [
            .standby, .operational, .reduced, .stopping, .settling, .protectiveStop, .recovery,
        ]
        return [
            1: ([.unspecified], [.initialising]), 2: ([.initialising], [.off]),
            3: ([.initialising], [.emergencyStop, .fault]), 4: ([.off], [.standby]), 5: ([.standby], [.operational]),
            6: (moving, moving), 7: (moving, [.standby]),
            8: ([.standby, .operational, .reduced, .recovery], [.stopping, .settling]),
            9: ([.stopping], [.protectiveStop]),
            10: ([.stopping, .settling], [.protectiveStop]), 11: ([.stopping, .settling], [.emergencyStop]),
            12: (powered.union([.off]), [.emergencyStop]), 13: ([.stopping, .settling], [.fault]),
            14: ([.protectiveStop], [.protectiveStop, .fault]), 15: ([.protectiveStop], [.emergencyStop, .fault]),
            16: ([.protectiveStop], [.standby]), 17: ([.protectiveStop], [.off, .standby]),
            18: ([.emergencyStop], [.off]),
            19: ([.fault], [.off]), 20: (powered.union([.off]), [.fault]), 21: (powered, [.fall]),
            22: ([.fall, .off, .recovery], [.recovery, .off, .standby]),
            23: ([.protectiveStop, .fault, .recovery], [.recovery, .protectiveStop]), 24: ([.standby], [.off]),
        ]
    }()

    private static let holder = Requester(session: 1, role: .controller, isHolder: true)
    private static let stranger = Requester(session: 2, role: .controller, isHolder: false)
    private static let operatorRole = Requester(session: 3, role: .operator, isHolder: false)
    private static let service = Requester(session: 4, role: .service, isHolder: false)

    /// Inputs, each with the time that passes before it; `id` makes enable and resume ids new.
    private static func inputs(_ id: UInt64, isLegged: Bool) -> [(SafetyInput, Int64)] {
        // The envelope knows nothing of posture: it is explored with the robot that has none.
        let own: [(SafetyInput, Int64)] =
            isLegged
            ? [
                (.observed(isStill: false, .dynamic), 0), (.observed(isStill: false, .falling), 0),
                (.observed(isStill: true, .down), 0),
            ]
            : [(.envelope(isReduced: true), 0), (.envelope(isReduced: false), 0)]
        return own + [
            (.boot(latch: nil), 0), (.boot(latch: .emergencyStop), 0), (.boot(latch: .fault), 0),
            (.selfTest(passed: true), 0), (.selfTest(passed: false), 0),
            (.power(on: true, holder), 0), (.power(on: true, stranger), 0), (.power(on: false, operatorRole), 0),
            (.enable(id: id, holder, isSynchronised: true), 0), (.enable(id: id, stranger, isSynchronised: true), 0),
            (.enable(id: id, holder, isSynchronised: false), 0), (.disable(holder, cause: .disabled), 0),
            (.stop(.emergency, session: 2, device: 0, hard: false, confirmed: false), 0),
            (.stop(.protective, session: 2, device: 0, hard: false, confirmed: false), 0),
            (.stop(.emergency, session: 2, device: 0, hard: true, confirmed: true), 0),
            (.stop(.emergency, session: 2, device: 0, hard: true, confirmed: false), 0),
            (.release(session: 2, device: 0), 0),
            (.resetRequest(operatorRole, nonce: 42), 0), (.resetRequest(stranger, nonce: 42), 0),
            (.resetConfirm(operatorRole, nonce: 42), 0), (.resetConfirm(operatorRole, nonce: 7), 0),
            (.resetConfirm(operatorRole, nonce: 42), 11_000_000_000),
            (.resume(id: id, holder), 0), (.resume(id: id, stranger), 0),
            (.recovery(operatorRole, holdToRun: true, isClear: true), 0),
            (.recovery(operatorRole, holdToRun: false, isClear: true), 0),
            (.mode(.test, service, isLocal: false), 0), (.mode(.remoteAuto, service, isLocal: false), 0),
            (.mode(.test, stranger, isLocal: false), 0),
            (.detected(.commandTimeout), 0), (.detected(.integrity), 0), (.cleared(.integrity), 0),
            (.detected(.internalFault), 0),
            (.observed(isStill: true, .static), 0), (.observed(isStill: false, .static), 0),
            (.interlocks(ok: false), 0), (.interlocks(ok: true), 0),
            (.tick, 700_000_000), (.tick, 7_000_000_000),
        ]
    }

    @Test(arguments: [false, true]) func `every reachable state keeps every invariant`(isLegged: Bool) {
        var parameters = SafetyParameters()
        parameters.isLegged = isLegged
        parameters.isSimulator = true
        var start = SafetySupervisor(parameters: parameters, epoch: 0)
        _ = start.handle(.boot(latch: nil), at: 0)
        var seen: Set<SafetyFingerprint> = [start.fingerprint]
        var frontier = [Node(supervisor: start, now: 0)]
        var steps = 0
        var statesReached: Set<SafetyState> = [start.state]
        var edgesTaken: Set<UInt8> = [1]
        var id: UInt64 = 100
        // Mutants are met by the thousand: scripts/mutate lets each be explored for a moment only.
        let limit = ProcessInfo.processInfo.environment["PONS_EXPLORE_STEPS"].flatMap(Int.init) ?? .max
        while steps < limit, let node = frontier.popLast() {
            id += 1
            for (input, delay) in Self.inputs(id, isLegged: isLegged) {
                var next = node
                next.now += delay + 1_000_000
                let outcome = next.supervisor.handle(input, at: next.now)
                steps += 1
                check(node.supervisor, input, next.supervisor, outcome, &edgesTaken)
                // A missed deadline is an event, not a level: the runtime clears it at once.
                if case .detected(let cause) = input, cause != .integrity {
                    _ = next.supervisor.handle(.cleared(cause), at: next.now)
                }
                statesReached.insert(next.supervisor.state)
                if seen.insert(next.supervisor.fingerprint).inserted { frontier.append(next) }
            }
        }
        print("explored \(seen.count) states by \(steps) steps, legged \(isLegged), \(edgesTaken.count) edges")
        guard limit == .max else { return }
        let expected = Set(SafetyState.named).subtracting(
            isLegged ? [.unspecified, .reduced] : [.unspecified, .settling, .fall])
        #expect(statesReached == expected)
        #expect(edgesTaken == Set(Self.table.keys).subtracting(isLegged ? [6] : [21, 22]))
    }

    private func check(
        _ before: SafetySupervisor, _ input: SafetyInput, _ after: SafetySupervisor, _ outcome: SafetyOutcome,
        _ edges: inout Set<UInt8>
    ) {
        let isBoot = if case .boot = input { true } else { false }
        var state = before.state
        for index in 0..<outcome.transitions.count {
            let transition = outcome.transitions[index]
            edges.insert(transition.edge)
            let allowed = Self.table[transition.edge]
            holds(
                allowed?.from.contains(transition.from) == true && allowed?.to.contains(transition.to) == true,
                "edge \(transition.edge): \(transition.from) → \(transition.to) by \(input)")
            if !isBoot {
                holds(transition.from == state)
                holds(transition.sequence == before.transitionCount + UInt64(index) + 1)
            }
            state = transition.to
            checkEdge(transition, before, input, outcome)
        }
        holds(state == after.state)
        // I1: commands move the robot only in OPERATIONAL and REDUCED.
        if after.permitsMotion { holds(after.state == .operational || after.state == .reduced) }
        // I3: the epoch never shrinks, and a purge makes it grow.
        holds(after.epoch >= before.epoch)
        if outcome.purge { holds(after.epoch > before.epoch) }
        // I7: a latch never permits motion.
        if after.latch != nil { holds(!after.permitsMotion) }
        // A refused input changes no state.
        if outcome.refusal != nil, case .tick = input { Issue.record("a tick cannot be refused") }
        // I9: TEST only by service or at the robot.
        if after.mode == .test && before.mode != .test { holds(input == .mode(.test, Self.service, isLocal: false)) }
    }

    private func checkEdge(
        _ transition: SafetyTransition, _ before: SafetySupervisor, _ input: SafetyInput, _ outcome: SafetyOutcome
    ) {
        switch transition.edge {
        case 5:
            // I2, I4: only an Enable of the holder, synchronised, with nothing in the way.
            guard case .enable(_, let requester, isSynchronised: true) = input else {
                Issue.record("OPERATIONAL by \(input)")
                return
            }
            holds(requester.isHolder && !before.sources.anyActive && before.interlocksOK)
        case 17, 18, 19:
            // I5: leaving a latch needs the right nonce and no active source.
            holds(input == .resetConfirm(Self.operatorRole, nonce: 42))
            holds(!before.sources.anyActive)
        case 8:
            // I8: the reported cause is among those that hold.
            holds(transition.causes.contains(transition.cause))
        case 16:
            guard case .resume(_, let requester) = input else {
                Issue.record("resumed by \(input)")
                return
            }
            holds(requester.isHolder && before.causes.isSubset(of: before.parameters.autoClear))
        default: break
        }
    }

    /// Cheaper than an expectation in a loop of millions; says the same when it fails.
    private func holds(_ condition: Bool, _ what: @autoclosure () -> String = "", line: Int = #line) {
        if !condition { Issue.record("invariant of line \(line) broken \(what())") }
    }

    @Test func `an enable id works once`() {
        var supervisor = standby()
        let outcome1 = supervisor.handle(.enable(id: 5, Self.holder, isSynchronised: true), at: 10).refusal
        #expect(outcome1 == nil)
        _ = supervisor.handle(.disable(Self.holder, cause: .disabled), at: 20)
        _ = supervisor.handle(.observed(isStill: true, .static), at: 30)
        #expect(supervisor.state == .standby)
        let outcome2 = supervisor.handle(.enable(id: 5, Self.holder, isSynchronised: true), at: 40).refusal
        #expect(outcome2 == .enableReused)
    }

    @Test func `an emergency outranks a protective stop under way and its clock runs on`() {
        var supervisor = standby()
        _ = supervisor.handle(.enable(id: 1, Self.holder, isSynchronised: true), at: 0)
        _ = supervisor.handle(.observed(isStill: false, .static), at: 0)
        _ = supervisor.handle(.detected(.commandTimeout), at: 0)
        #expect(supervisor.state == .stopping)
        _ = supervisor.handle(.stop(.emergency, session: 9, device: 0, hard: false, confirmed: false), at: 400_000_000)
        #expect(supervisor.category == .one)
        _ = supervisor.handle(.tick, at: 500_000_000)
        #expect(supervisor.state == .fault, "the stop took longer than declared")
    }

    private func standby() -> SafetySupervisor {
        var supervisor = SafetySupervisor(parameters: SafetyParameters(), epoch: 0)
        _ = supervisor.handle(.boot(latch: nil), at: 0)
        _ = supervisor.handle(.selfTest(passed: true), at: 0)
        _ = supervisor.handle(.power(on: true, Self.holder), at: 0)
        return supervisor
    }
}
