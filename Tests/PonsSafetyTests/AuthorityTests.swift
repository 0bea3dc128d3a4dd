import PonsSafety
import PonsVocabulary
import Testing

@Suite struct AuthorityTests {
    private func table() -> AuthorityTable {
        var table = AuthorityTable()
        table.declare(resource: 1, parent: 0)
        table.declare(resource: 2, parent: 1)
        table.declare(resource: 3, parent: 1)
        return table
    }

    private func lease(_ outcome: AuthorityOutcome) -> HeldLease? {
        if case .granted(let lease) = outcome { lease } else { nil }
    }

    @Test func `a parent excludes its children and the other way round`() {
        var table = table()
        let outcome1 = lease(table.acquire(2, session: 7, epoch: 1, durationNs: 10, at: 0))
        #expect(outcome1 != nil)
        let outcome2 = table.acquire(1, session: 8, epoch: 1, durationNs: 10, at: 0)
        #expect(outcome2 == .refused(.held, holder: 7))
        let outcome3 = lease(table.acquire(3, session: 8, epoch: 1, durationNs: 10, at: 0))
        #expect(outcome3 != nil)
    }

    @Test func `commands with an old lease or another epoch are told apart`() {
        var table = table()
        let old = lease(table.acquire(1, session: 7, epoch: 4, durationNs: 10, at: 0))!
        _ = table.release(1, session: 7)
        let new = lease(table.acquire(1, session: 8, epoch: 4, durationNs: 10, at: 0))!
        #expect(table.refusal(1, session: 7, epoch: 4, sequence: old.sequence, current: 4) == .leaseOld)
        #expect(table.refusal(1, session: 7, epoch: 3, sequence: old.sequence, current: 4) == .wrongEpoch)
        #expect(table.refusal(1, session: 9, epoch: 4, sequence: new.sequence, current: 4) == .notInControl)
        #expect(table.refusal(2, session: 8, epoch: 4, sequence: new.sequence, current: 4) == nil)
        #expect(table.refusal(99, session: 8, epoch: 4, sequence: new.sequence, current: 4) == .unknownName)
    }

    @Test func `a taken lease is revoked and told`() {
        var table = table()
        _ = table.acquire(1, session: 7, epoch: 1, durationNs: 10, at: 0)
        var revoked: [UInt64] = []
        _ = table.take(1, session: 8, epoch: 1, durationNs: 10, at: 0) { revoked.append($0.session) }
        #expect(revoked == [7])
        #expect(table.isHolder(8) && !table.isHolder(7))
    }

    @Test func `a watchdog fires only when armed and late`() {
        var dog = Watchdog(timeoutNs: 50)
        #expect(!dog.hasExpired(at: 1000))
        dog.feed(at: 100)
        #expect(!dog.hasExpired(at: 150))
        #expect(dog.hasExpired(at: 151))
    }

    @Test func `the black channel tells repeated, reversed and lost frames apart`() {
        var monitor = CounterMonitor(maxGap: 5)
        let outcome4 = monitor.receive(.max)
        #expect(outcome4 == .ok)
        let outcome5 = monitor.receive(0)
        #expect(outcome5 == .ok)
        let outcome6 = monitor.receive(0)
        #expect(outcome6 == .refused(.repeated))
        let outcome7 = monitor.receive(.max)
        #expect(outcome7 == .refused(.wrongSequence))
        let outcome8 = monitor.receive(4)
        #expect(outcome8 == .okSomeLost(3))
        let outcome9 = monitor.receive(11)
        #expect(outcome9 == .refused(.lost))
    }

    @Test func `integrity errors have a budget of two a second`() {
        var monitor = CounterMonitor(maxGap: 5)
        let outcome10 = monitor.integrityError(at: 0)
        #expect(!outcome10)
        let outcome11 = monitor.integrityError(at: 100_000_000)
        #expect(!outcome11)
        let outcome12 = monitor.integrityError(at: 200_000_000)
        #expect(outcome12)
        let outcome13 = monitor.integrityError(at: 5_000_000_000)
        #expect(!outcome13)
        // The third within a second of the first, and one that is a nanosecond later.
        for (last, isOne) in [(1_000_000_000 as Int64, true), (1_000_000_001, false)] {
            var monitor = CounterMonitor(maxGap: 5)
            _ = monitor.integrityError(at: 0)
            _ = monitor.integrityError(at: 500)
            let third = monitor.integrityError(at: last)
            #expect(third == isOne)
        }
    }
}
