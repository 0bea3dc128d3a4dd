import Foundation
import PonsSafety
import PonsVocabulary
import Testing

/// What the safety core does, kept as golden files: it may change on purpose only. `PONS_WRITE_GOLDEN=1` writes them anew.
@Suite struct CharacterTests {
    private static let requesters = [
        Requester(session: 1, role: .controller, isHolder: true),
        Requester(session: 2, role: .controller, isHolder: false),
        Requester(session: 3, role: .operator, isHolder: false), Requester(session: 4, role: .service, isHolder: false),
        Requester(session: 5, role: .observer, isHolder: false),
    ]

    private static let isWriting = ProcessInfo.processInfo.environment["PONS_WRITE_GOLDEN"] == "1"

    private func file(_ name: String) -> URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name).txt")
    }

    private func golden(_ name: String) -> Set<String> {
        Set((try? String(contentsOf: file(name), encoding: .utf8))?.split(separator: "\n").map(String.init) ?? [])
    }

    /// Compares lines with a golden file, and says which differ.
    private func compare(_ lines: [String], _ name: String) throws {
        if Self.isWriting {
            try FileManager.default.createDirectory(
                at: file(name).deletingLastPathComponent(), withIntermediateDirectories: true)
            try (lines.joined(separator: "\n") + "\n").write(to: file(name), atomically: true, encoding: .utf8)
        }
        let differences = golden(name).symmetricDifference(lines).sorted()
        #expect(differences.isEmpty, "\(differences.prefix(10).joined(separator: "\n"))")
    }

    private func input(_ walk: inout Walk) -> (name: String, input: SafetyInput) {
        let requester = walk.pick(Self.requesters)
        let role = "\(requester.role.label)\(requester.isHolder ? " who holds" : "")"
        switch walk.below(20) {
        case 0:
            // Boots begin everything anew: seldom, or nothing else is seen.
            guard walk.below(8) == 0 else { return ("tick", .tick) }
            let latch = walk.pick([nil, .emergencyStop, .fault, .fall] as [SafetyState?])
            return ("boot with \(latch?.label ?? "nothing")", .boot(latch: latch))
        case 1:
            let passed = walk.below(8) != 0
            return ("self-test \(passed)", .selfTest(passed: passed))
        case 2:
            let on = walk.below(4) != 0
            return ("power \(on) by \(role)", .power(on: on, requester))
        case 3, 4:
            let isSynchronised = walk.below(6) != 0
            return (
                "enable by \(role)\(isSynchronised ? "" : " without time")",
                .enable(id: UInt64(walk.below(200)), requester, isSynchronised: isSynchronised)
            )
        case 5: return ("disable by \(role)", .disable(requester, cause: walk.pick([.disabled, .peerLeft])))
        case 6:
            let kind = walk.pick([StopKind.emergency, .protective])
            let (isHard, confirmed) = (walk.below(4) == 0, walk.flag())
            return (
                "stop \(kind.label)\(isHard ? confirmed ? " hard, confirmed" : " hard" : "")",
                .stop(
                    kind, session: requester.session, device: UInt32(walk.below(3)), hard: isHard, confirmed: confirmed)
            )
        case 7, 8:
            return ("release", .release(session: UInt64(walk.below(6)), device: UInt32(walk.below(3))))
        case 9: return ("reset request by \(role)", .resetRequest(requester, nonce: UInt64(walk.below(3))))
        case 10: return ("reset confirm by \(role)", .resetConfirm(requester, nonce: UInt64(walk.below(3))))
        case 11: return ("resume by \(role)", .resume(id: UInt64(walk.below(60)), requester))
        case 12:
            let (hold, isClear) = (walk.below(3) != 0, walk.below(3) != 0)
            return (
                "recovery by \(role)\(hold ? "" : ", released")\(isClear ? "" : ", not clear")",
                .recovery(requester, holdToRun: hold, isClear: isClear)
            )
        case 13:
            let mode = walk.pick(OperatingMode.named)
            let isLocal = walk.below(3) == 0
            return (
                "mode \(mode.label) by \(role)\(isLocal ? " at the robot" : "")",
                .mode(mode, requester, isLocal: isLocal)
            )
        case 14:
            let cause = walk.pick(Cause.named)
            return ("detected \(cause.label)", .detected(cause))
        case 15, 16: return ("cleared", .cleared(walk.pick(Cause.named)))
        case 17:
            let stability = walk.below(3) == 0 ? walk.pick(Stability.named) : .static
            let isStill = walk.below(3) != 0
            return (
                "observed \(isStill ? "still" : "moving") \(stability.label)", .observed(isStill: isStill, stability)
            )
        case 18:
            if walk.below(3) == 0 {
                let isReduced = walk.flag()
                return ("envelope \(isReduced)", .envelope(isReduced: isReduced))
            }
            let ok = walk.below(5) != 0
            return ("interlocks \(ok)", .interlocks(ok: ok))
        default: return ("tick", .tick)
        }
    }

    /// What leads a robot from anywhere to motion, or as far as it lets itself be led.
    private func wayUp(_ walk: inout Walk, id: UInt64) -> [(name: String, input: SafetyInput)] {
        let holder = Self.requesters[0]
        let boot: [(String, SafetyInput)] =
            walk.below(3) == 0
            ? []
            : [("boot with nothing", .boot(latch: nil)), ("self-test true", .selfTest(passed: true))]
        return boot + [
            ("observed still STATIC", .observed(isStill: true, .static)), ("interlocks true", .interlocks(ok: true)),
            ("power true by CONTROLLER who holds", .power(on: true, holder)),
            ("enable by CONTROLLER who holds", .enable(id: id, holder, isSynchronised: true)),
        ]
    }

    /// What ends a stop: nothing asks for it any more, and somebody takes it back.
    private func wayOut(_ walk: inout Walk, id: UInt64) -> [(name: String, input: SafetyInput)] {
        let (holder, operators) = (Self.requesters[0], Self.requesters[2])
        var way: [(name: String, input: SafetyInput)] = (0..<15).map {
            ("release", .release(session: UInt64(1 + $0 / 3), device: UInt32($0 % 3)))
        }
        // Sometimes one detector goes on seeing something.
        way += Cause.named.dropLast(walk.below(3) == 0 ? 8 : 0).map { ("cleared", .cleared($0)) }
        way += [
            ("interlocks true", .interlocks(ok: true)), ("observed still STATIC", .observed(isStill: true, .static)),
        ]
        switch walk.below(4) {
        case 0: way.append(("resume by CONTROLLER who holds", .resume(id: id, holder)))
        case 1: way.append(("recovery by OPERATOR", .recovery(operators, holdToRun: true, isClear: true)))
        default:
            way.append(("reset request by OPERATOR", .resetRequest(operators, nonce: id)))
            way.append(("reset confirm by OPERATOR", .resetConfirm(operators, nonce: id)))
        }
        return way
    }

    private func text(_ transition: SafetyTransition) -> String {
        "\(transition.from.label)>\(transition.to.label) \(transition.hold.label) \(transition.cause.label) \(transition.causes) "
            + "\(transition.category.label) \(transition.edge) \(transition.timeNs) \(transition.session) \(transition.device)"
    }

    @Test func `the supervisor answers every input in every state as it did`() throws {
        var seen: Set<String> = []
        var digests: [String] = []
        let known = golden("supervisor")
        for (seed, kind) in ["wheeled", "legged", "wheeled simulator", "legged simulator"].enumerated() {
            var walk = Walk(seed: UInt64(seed) + 1)
            var parameters = SafetyParameters()
            parameters.isLegged = kind.hasPrefix("legged")
            parameters.isSimulator = kind.hasSuffix("simulator")
            var supervisor = SafetySupervisor(parameters: parameters, epoch: 3)
            supervisor.declare(device: 1, kind: .emergency)
            supervisor.declare(device: 2, kind: .protective)
            var now: Int64 = 0
            var planned: [(name: String, input: SafetyInput)] = []
            for step in 0..<20_000 {
                if planned.isEmpty && walk.below(12) == 0 {
                    // Every second time the way ends before, in OFF or STANDBY: chance alone hardly ever stays there.
                    let way = wayUp(&walk, id: UInt64(1000 + step))
                    planned = Array(way.dropLast(walk.flag() ? 0 : 1 + walk.below(2)))
                }
                if planned.isEmpty && walk.below(100) == 0 { planned = wayOut(&walk, id: UInt64(1000 + step)) }
                now += walk.pick([0, 1_000_000, 20_000_000, 499_999_999, 500_000_000, 500_000_001, 10_000_000_000])
                let (name, input) = planned.isEmpty ? input(&walk) : planned.removeFirst()
                let before = supervisor.state
                let outcome = supervisor.handle(input, at: now)
                var what = outcome.refusal.map { "refused \($0.label)" } ?? "\(supervisor.state.label)"
                seen.insert("\(before.label)  \(name)  \(what)")
                for index in 0..<outcome.transitions.count { what += " " + text(outcome.transitions[index]) }
                walk.saw(
                    "\(what) \(outcome.purge) \(outcome.isBlockedBySource) \(supervisor.permission) \(supervisor.permitsMotion) "
                        + "\(supervisor.motionRefusal?.label ?? "") \(supervisor.latch?.label ?? "") \(supervisor.epoch) "
                        + "\(supervisor.mode.label) \(supervisor.hold.label) \(supervisor.category.label) \(supervisor.causes) "
                        + "\(supervisor.stability.label) \(supervisor.isDown) \(supervisor.interlocksOK) \(supervisor.transitionCount)"
                )
                supervisor.sources.forEach { walk.saw("\($0)") }
                guard step % 2_000 == 1_999 else { continue }
                digests.append("digest \(kind) \(step) \(String(walk.digest, radix: 16))")
                // From the first difference on there are only more.
                if !Self.isWriting && !known.contains(digests.last!) {
                    return try compare(seen.sorted() + digests, "supervisor")
                }
            }
        }
        try compare(seen.sorted() + digests, "supervisor")
    }

    @Test func `authority is granted, kept and ended as it was`() throws {
        var lines: [String] = []
        for seed in 1...4 as ClosedRange<UInt64> {
            var walk = Walk(seed: seed)
            var table = AuthorityTable()
            for resource in 1...6 as ClosedRange<UInt32> { table.declare(resource: resource, parent: resource / 2) }
            for extra in 20..<40 as Range<UInt32> where seed == 4 { table.declare(resource: extra, parent: 0) }
            var now: Int64 = 0
            for _ in 0..<5_000 {
                now += Int64(walk.below(4)) * 50
                let (resource, session) = (UInt32(walk.below(9)), UInt64(walk.below(4)))
                let (epoch, sequence) = (UInt64(walk.below(3)), UInt64(walk.below(12)))
                var revoked: [HeldLease] = []
                switch walk.below(7) {
                case 0, 1:
                    walk.saw("\(table.acquire(resource, session: session, epoch: epoch, durationNs: 300, at: now))")
                case 2:
                    walk.saw(
                        "\(table.take(resource, session: session, epoch: epoch, durationNs: 300, at: now) { revoked.append($0) })"
                    )
                case 3:
                    let lease = table.holder(of: resource) ?? table.any
                    walk.saw(
                        "\(table.renew(lease?.resource ?? resource, session: lease?.session ?? session, epoch: lease?.epoch ?? epoch, sequence: walk.below(4) == 0 ? sequence : lease?.sequence ?? 0, durationNs: 300, at: now))"
                    )
                case 4: walk.saw("\(table.release(resource, session: session))")
                case 5: table.end(where: { now > $0.expiresNs }, { revoked.append($0) })
                default:
                    let lease = table.any
                    walk.saw(
                        "\(String(describing: table.refusal(resource, session: lease?.session ?? session, epoch: walk.flag() ? lease?.epoch ?? 0 : epoch, sequence: walk.flag() ? lease?.sequence ?? 0 : sequence, current: walk.flag() ? lease?.epoch ?? 0 : epoch)))"
                    )
                }
                walk.saw(
                    "\(revoked) \(String(describing: table.any)) \(String(describing: table.holder(of: resource))) \(table.isHolder(session))"
                )
            }
            lines.append("digest authority \(seed) \(String(walk.digest, radix: 16))")
        }
        try compare(lines, "authority")
    }

    @Test func `small parts decide as they did`() throws {
        var lines: [String] = []
        var walk = Walk(seed: 9)
        let limits = JointLimits(
            hard: (-2, 3), soft: (-1.5, 2.5), velocity: 4, acceleration: 8, effort: 60, bumpTolerance: 0.05)
        for value in [-4, -3, -2, -1.75, -1.5, -1, 0, 1, 2.5, 2.75, 3, 4, 5, 60, 61, .nan, .infinity] as [Float] {
            for policy in [LimitPolicy.reject, .clamp] {
                lines.append(
                    "limit \(value) \(policy.label): \(limits.position(value, policy: policy)) \(limits.velocity(value, policy: policy)) \(limits.effort(value, policy: policy))"
                )
            }
        }
        lines.append("scaled \(limits.scaled(by: 0.5))")
        for cause in Cause.named { lines.append("reaction \(cause.label): \(Reaction.to(cause))") }
        var monitor = CounterMonitor(maxGap: 5)
        var counter: UInt32 = .max - 20
        for index in 0..<400 {
            counter = counter &+ walk.pick([1, 1, 1, 1, 2, 3, 5, 6, 7, 8, 0, .max, 0x8000_0000, 0x7FFF_FFFF])
            let status = monitor.receive(counter)
            walk.saw("\(status) \(status.isFresh) \(monitor.lost)")
            walk.saw(
                "\(monitor.integrityError(at: Int64(index) * walk.pick([100_000_000, 500_000_000, 1_000_000_000])))")
        }
        lines.append("digest counters \(String(walk.digest, radix: 16)) \(monitor.integrityErrors)")
        try compare(lines, "parts")
    }
}
