import PonsSafety
import PonsVocabulary
import Testing

/// Single decisions of the supervisor, where the walks through it would meet them by chance alone.
@Suite struct SupervisorTests {
    private static let holder = Requester(session: 1, role: .controller, isHolder: true)
    private static let operators = Requester(session: 3, role: .operator, isHolder: false)

    /// A robot in STANDBY, everything clear.
    private func standby(_ parameters: SafetyParameters = SafetyParameters()) -> SafetySupervisor {
        var supervisor = SafetySupervisor(parameters: parameters, epoch: 1)
        supervisor.declare(device: 1, kind: .protective)
        for input: SafetyInput in [
            .boot(latch: nil), .selfTest(passed: true), .observed(isStill: true, .static),
            .power(on: true, Self.holder),
        ] { _ = supervisor.handle(input, at: 0) }
        return supervisor
    }

    private func enable(_ id: UInt64, isSynchronised: Bool = true) -> SafetyInput {
        .enable(id: id, Self.holder, isSynchronised: isSynchronised)
    }

    @Test func `nobody is enabled whose clock is unknown`() {
        var supervisor = standby()
        let late = supervisor.handle(enable(1, isSynchronised: false), at: 0)
        #expect(late.refusal == .noTimesync && supervisor.state == .standby)
        let known = supervisor.handle(enable(1), at: 0)
        #expect(known.refusal == nil && supervisor.state == .operational)
    }

    @Test func `nobody is enabled while an interlock is open`() {
        var supervisor = standby()
        _ = supervisor.handle(.interlocks(ok: false), at: 0)
        let open = supervisor.handle(enable(1), at: 0)
        #expect(open.refusal == .interlock && supervisor.state == .standby)
        _ = supervisor.handle(.interlocks(ok: true), at: 0)
        let closed = supervisor.handle(enable(1), at: 0)
        #expect(closed.refusal == nil && supervisor.state == .operational)
    }

    @Test func `an enable id works once, until thirty-two others came`() {
        var supervisor = standby()
        for id in 1...33 as ClosedRange<UInt64> {
            let outcome = supervisor.handle(enable(id), at: 0)
            #expect(outcome.refusal == nil)
            _ = supervisor.handle(.disable(Self.holder, cause: .disabled), at: 0)
            _ = supervisor.handle(.observed(isStill: true, .static), at: 0)
            #expect(supervisor.state == .standby)
            let again = supervisor.handle(enable(id), at: 0)
            #expect(again.refusal == .enableReused)
            let older = id == 1 ? nil : supervisor.handle(enable(id - 1), at: 0).refusal
            #expect(older == .enableReused || id == 1)
        }
        let first = supervisor.handle(enable(1), at: 0)
        #expect(first.refusal == nil)
    }

    @Test func `a released source lets a stop be resumed, a detector that sees something does not`() {
        var supervisor = standby()
        _ = supervisor.handle(enable(1), at: 0)
        _ = supervisor.handle(.stop(.protective, session: 9, device: 1, hard: false, confirmed: false), at: 0)
        _ = supervisor.handle(.observed(isStill: true, .static), at: 0)
        #expect(supervisor.state == .protectiveStop)
        let pressed = supervisor.handle(.resume(id: 1, Self.holder), at: 0)
        #expect(pressed.refusal == .resetBlocked && pressed.isBlockedBySource)
        _ = supervisor.handle(.detected(.humanTooClose), at: 0)
        _ = supervisor.handle(.release(session: 9, device: 1), at: 0)
        let seen = supervisor.handle(.resume(id: 2, Self.holder), at: 0)
        #expect(seen.refusal == .resetBlocked && !seen.isBlockedBySource)
        _ = supervisor.handle(.cleared(.humanTooClose), at: 0)
        let clear = supervisor.handle(.resume(id: 3, Self.holder), at: 0)
        #expect(clear.refusal == nil && supervisor.state == .standby)
    }

    @Test func `a cause that led to no stop is none any more when it has passed`() {
        var supervisor = SafetySupervisor(parameters: SafetyParameters(), epoch: 1)
        supervisor.declare(device: 1, kind: .protective)
        for input: SafetyInput in [.boot(latch: nil), .selfTest(passed: true)] { _ = supervisor.handle(input, at: 0) }
        #expect(supervisor.state == .off)
        _ = supervisor.handle(.stop(.protective, session: 9, device: 1, hard: false, confirmed: false), at: 0)
        _ = supervisor.handle(.detected(.integrity), at: 0)
        #expect(supervisor.causes.contains(.integrity) && supervisor.causes.contains(.protective))
        _ = supervisor.handle(.cleared(.integrity), at: 0)
        #expect(!supervisor.causes.contains(.integrity) && supervisor.causes.contains(.protective))
        _ = supervisor.handle(.release(session: 9, device: 1), at: 0)
        #expect(supervisor.causes.isEmpty && supervisor.state == .off)
    }

    @Test func `a cause of a stop stays until it is reset, and a detection outlasts a released button`() {
        var supervisor = standby()
        _ = supervisor.handle(enable(1), at: 0)
        _ = supervisor.handle(.detected(.integrity), at: 0)
        _ = supervisor.handle(.cleared(.integrity), at: 0)
        #expect(supervisor.causes.contains(.integrity))
        var off = SafetySupervisor(parameters: SafetyParameters(), epoch: 1)
        off.declare(device: 1, kind: .protective)
        for input: SafetyInput in [
            .boot(latch: nil), .selfTest(passed: true), .detected(.protective),
            .stop(.protective, session: 9, device: 1, hard: false, confirmed: false),
            .release(session: 9, device: 1),
        ] { _ = off.handle(input, at: 0) }
        #expect(off.causes.contains(.protective))
    }

    /// What a detector sees is its own to take back: the release of another's stop is none of its business.
    @Test func `a release takes back no detection of the same kind`() {
        var supervisor = standby()
        _ = supervisor.handle(enable(1), at: 0)
        _ = supervisor.handle(.detected(.protective), at: 0)
        _ = supervisor.handle(.observed(isStill: true, .static), at: 0)
        _ = supervisor.handle(.stop(.protective, session: 9, device: 1, hard: false, confirmed: false), at: 0)
        _ = supervisor.handle(.release(session: 9, device: 1), at: 0)
        let outcome = supervisor.handle(.resume(id: 1, Self.holder), at: 0)
        #expect(outcome.refusal == .resetBlocked)
    }

    @Test(arguments: [
        (nonce: 7 as UInt64, by: 3 as UInt64, after: 10_000_000_000 as Int64, refusal: nil as RejectReason?),
        (7, 3, 10_000_000_001, .nonceInvalid), (8, 3, 0, .nonceInvalid), (7, 4, 0, .nonceInvalid),
    ])
    func `a reset is confirmed within ten seconds, with its nonce, by whom it was given`(
        nonce: UInt64, by session: UInt64, after time: Int64, refusal: RejectReason?
    ) {
        var supervisor = standby()
        _ = supervisor.handle(.detected(.internalFault), at: 0)
        _ = supervisor.handle(.observed(isStill: true, .static), at: 0)
        _ = supervisor.handle(.cleared(.internalFault), at: 0)
        let asked = supervisor.handle(.resetRequest(Self.operators, nonce: 7), at: 0)
        #expect(asked.refusal == nil, "\(supervisor.state)")
        let requester = Requester(session: session, role: .operator, isHolder: false)
        let outcome = supervisor.handle(.resetConfirm(requester, nonce: nonce), at: time)
        #expect(outcome.refusal == refusal)
    }

    @Test func `a nonce is used up by the confirmation that was refused`() {
        var supervisor = standby()
        _ = supervisor.handle(.detected(.internalFault), at: 0)
        _ = supervisor.handle(.resetRequest(Self.operators, nonce: 7), at: 0)
        let early = supervisor.handle(.resetConfirm(Self.operators, nonce: 7), at: 0)
        #expect(early.refusal == .resetBlocked)
        _ = supervisor.handle(.cleared(.internalFault), at: 0)
        let again = supervisor.handle(.resetConfirm(Self.operators, nonce: 7), at: 0)
        #expect(again.refusal == .nonceInvalid)
    }

    @Test func `a confirmation that a source blocks says so`() {
        var supervisor = standby()
        _ = supervisor.handle(.detected(.internalFault), at: 0)
        _ = supervisor.handle(.cleared(.internalFault), at: 0)
        _ = supervisor.handle(.resetRequest(Self.operators, nonce: 7), at: 0)
        _ = supervisor.handle(.stop(.protective, session: 9, device: 1, hard: false, confirmed: false), at: 0)
        let outcome = supervisor.handle(.resetConfirm(Self.operators, nonce: 7), at: 0)
        #expect(outcome.refusal == .resetBlocked && outcome.isBlockedBySource)
    }

    @Test func `a nonce ends with the stop that it was given for, and a resume id works once`() {
        var supervisor = standby()
        for attempt in 1...2 {
            _ = supervisor.handle(.stop(.protective, session: 9, device: 1, hard: false, confirmed: false), at: 0)
            _ = supervisor.handle(.observed(isStill: true, .static), at: 0)
            _ = supervisor.handle(.release(session: 9, device: 1), at: 0)
            #expect(supervisor.state == .protectiveStop)
            if attempt == 2 {
                let late = supervisor.handle(.resetConfirm(Self.operators, nonce: 7), at: 0)
                #expect(late.refusal == .nonceInvalid)
            }
            _ = supervisor.handle(.resetRequest(Self.operators, nonce: 7), at: 0)
            let resumed = supervisor.handle(.resume(id: 5, Self.holder), at: 0)
            #expect(resumed.refusal == (attempt == 1 ? nil : .enableReused))
        }
    }

    @Test(arguments: [OperatingMode.unspecified, .startup, OperatingMode(rawValue: 99)])
    func `a mode that nobody can be in is refused`(mode: OperatingMode) {
        var supervisor = standby()
        let outcome = supervisor.handle(.mode(mode, Self.operators, isLocal: true), at: 0)
        #expect(outcome.refusal == .unknownEnum)
    }

    @Test func `the envelope grows again half a second after its condition ended for good`() {
        var supervisor = standby()
        _ = supervisor.handle(enable(1), at: 0)
        for (isReduced, time) in [(true, 0), (false, 100_000_000), (true, 200_000_000), (false, 900_000_000)]
            as [(Bool, Int64)]
        {
            _ = supervisor.handle(.envelope(isReduced: isReduced), at: time)
        }
        for (time, state) in [
            (900_000_000, .reduced), (1_399_999_999, .reduced), (1_400_000_000, .operational),
        ] as [(Int64, SafetyState)] {
            // Said again, it ends no later.
            _ = supervisor.handle(.envelope(isReduced: false), at: time)
            #expect(supervisor.state == state, "\(time)")
        }
    }

    @Test func `who is being disabled stays so while the envelope grows again`() {
        var supervisor = standby()
        _ = supervisor.handle(enable(1), at: 0)
        for input: SafetyInput in [
            .envelope(isReduced: true), .observed(isStill: false, .static),
            .disable(Self.holder, cause: .disabled), .envelope(isReduced: false),
        ] { _ = supervisor.handle(input, at: 0) }
        #expect(supervisor.state == .reduced && supervisor.permission == .decelerate)
        _ = supervisor.handle(.tick, at: 500_000_000)
        #expect(supervisor.state == .operational && supervisor.permission == .decelerate)
    }

    @Test func `a smaller envelope that comes back is kept`() {
        var supervisor = standby()
        _ = supervisor.handle(enable(1), at: 0)
        for (isReduced, time) in [(true, 0), (false, 100_000_000), (true, 200_000_000)] as [(Bool, Int64)] {
            _ = supervisor.handle(.envelope(isReduced: isReduced), at: time)
        }
        _ = supervisor.handle(.tick, at: 2_000_000_000)
        #expect(supervisor.state == .reduced)
    }

    @Test func `zero is no nonce`() {
        var supervisor = standby()
        _ = supervisor.handle(.detected(.internalFault), at: 0)
        _ = supervisor.handle(.cleared(.internalFault), at: 0)
        _ = supervisor.handle(.resetRequest(Self.operators, nonce: 0), at: 0)
        let outcome = supervisor.handle(.resetConfirm(Self.operators, nonce: 0), at: 0)
        #expect(outcome.refusal == .nonceInvalid)
    }

    @Test func `a robot that lies is not powered`() {
        var parameters = SafetyParameters()
        parameters.isLegged = true
        var supervisor = SafetySupervisor(parameters: parameters, epoch: 1)
        for input: SafetyInput in [.boot(latch: nil), .selfTest(passed: true), .observed(isStill: true, .down)] {
            _ = supervisor.handle(input, at: 0)
        }
        #expect(supervisor.state == .off)
        let lying = supervisor.handle(.power(on: true, Self.operators), at: 0)
        #expect(lying.refusal == .interlock)
        _ = supervisor.handle(.observed(isStill: true, .static), at: 0)
        let standing = supervisor.handle(.power(on: true, Self.operators), at: 0)
        #expect(standing.refusal == nil && supervisor.state == .standby)
    }

    @Test func `times are those of the standard`() {
        let parameters = SafetyParameters()
        #expect(parameters.stopTimeNs == 500_000_000 && parameters.settleTimeNs == 6_000_000_000)
        #expect(parameters.restoreDelayNs == 500_000_000 && parameters.nonceValidityNs == 10_000_000_000)
    }

    @Test func `thirty-two sources are told apart, and a device is declared once`() {
        var sources = StopSources()
        for _ in 1...2 { sources.declare(device: 1, kind: .protective) }
        for session in 1...31 as ClosedRange<UInt64> {
            let isKept = sources.assert(device: 0, session: session, kind: .emergency, at: 0)
            #expect(isKept)
        }
        let isKept = sources.assert(device: 0, session: 32, kind: .emergency, at: 0)
        #expect(!isKept)
        var devices = 0
        sources.forEach { devices += $0.device == 1 ? 1 : 0 }
        #expect(devices == 1)
        let isReleased = sources.release(device: 0, session: 31, at: 0)
        #expect(isReleased && StopSources.capacity == 32)
    }

    @Test func `a device is forgotten only while it asks for nothing`() {
        var sources = StopSources()
        sources.declare(device: 1, kind: .protective)
        _ = sources.assert(device: 1, session: 0, kind: .protective, at: 0)
        sources.remove(device: 1)
        #expect(sources.anyActive)
        _ = sources.release(device: 1, session: 0, at: 0)
        sources.remove(device: 1)
        let isKnown = sources.release(device: 1, session: 0, at: 0)
        #expect(!isKnown)
    }

    @Test func `sources, counters and supervisors are the same when nothing tells them apart`() {
        var (one, other) = (StopSources(), StopSources())
        one.declare(device: 1, kind: .protective)
        #expect(one != other && one == one)
        other.declare(device: 1, kind: .protective)
        #expect(one == other)

        var (counter, same) = (CounterMonitor(maxGap: 9), CounterMonitor(maxGap: 9))
        #expect(counter == same && counter != CounterMonitor(maxGap: 8))
        _ = counter.receive(5)
        #expect(counter != same)
        _ = same.receive(5)
        _ = counter.integrityError(at: 0)
        #expect(counter != same)
        _ = same.integrityError(at: 7)
        #expect(counter == same, "when they came is no part of it")
        _ = counter.receive(7)
        _ = same.receive(6)
        _ = same.receive(7)
        #expect(counter != same, "one has lost a frame")

        var supervisor = standby()
        #expect(supervisor == standby() && supervisor != SafetySupervisor(parameters: SafetyParameters(), epoch: 1))
        supervisor.declare(device: 2, kind: .protective)
        #expect(supervisor != standby())
        supervisor.remove(device: 2)
        #expect(supervisor == standby())
    }

    @Test func `a watchdog fires when it was fed and then was not, and never once it is disarmed`() {
        var dog = Watchdog(timeoutNs: 10)
        #expect(!dog.isArmed && !dog.hasExpired(at: .max))
        dog.feed(at: 5)
        #expect(dog.isArmed && !dog.hasExpired(at: 15) && dog.hasExpired(at: 16))
        dog.disarm()
        #expect(!dog.isArmed && !dog.hasExpired(at: .max))
    }

    @Test func `outcomes are the same when all their transitions are`() {
        var (one, other) = (standby(), standby())
        let (moved, still) = (one.handle(enable(1), at: 0), other.handle(.tick, at: 0))
        #expect(moved.transitions.count == 1 && still.transitions.count == 0)
        #expect(moved.transitions == moved.transitions && moved.transitions != still.transitions)
        let later = other.handle(enable(1), at: 5)
        #expect(moved.transitions != later.transitions)
    }

    @Test func `causes are told by severity, and numbers of no cause are none`() {
        var causes = CauseSet([.leaseExpired, .emergency, .protective])
        var told: [Cause] = []
        causes.forEachBySeverity { told.append($0) }
        #expect(
            told == told.sorted { $0.rawValue < $1.rawValue } && Set(told) == [.leaseExpired, .emergency, .protective])
        #expect(causes.mostSevere == told.first)
        let before = causes
        for number: Int32 in [0, -1, 64, 65] { causes.insert(Cause(rawValue: number)) }
        #expect(causes == before && !causes.contains(Cause(rawValue: 64)))
    }
}
