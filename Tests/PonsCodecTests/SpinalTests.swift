import PonsMessages
import PonsReflection
import PonsSpinal
import PonsWire
import SwiftProtobuf
import Testing

/// The heap-free forms answer like the owned message, for every order of fields and every kind of damage.
@Suite struct SpinalTests {
    private static let joints = 3

    /// What the fixed form makes of bytes: its own encoding of them, or why it refuses.
    private enum Answer: Equatable {
        case refused(WireError.Kind)
        case canonical([UInt8])
    }

    private func fixed<M: FixedMessage>(_ type: M.Type, _ bytes: [UInt8]) -> Answer {
        var message = M()
        do throws(WireError) {
            try bytes.withRawSpan { (span) throws(WireError) in try message.decode(span) }
        } catch { return .refused(error.kind) }
        return .canonical(encoded(&message))
    }

    private func encoded<M: FixedMessage>(_ message: inout M) -> [UInt8] {
        var storage = [UInt8](repeating: 0xEE, count: M.maximumSize)
        var span = storage.mutableSpan
        var bytes = unsafe span.mutableBytes
        let count = message.encode(into: &bytes)
        return Array(storage[..<count])
    }

    private func answer(_ name: String, _ bytes: [UInt8]) -> Answer {
        switch name {
        case "JointSetpoint": fixed(FixedJointSetpoint<3>.self, bytes)
        case "WholeBodyState": fixed(FixedWholeBodyState<3>.self, bytes)
        default: fixed(FixedJointHealth<3>.self, bytes)
        }
    }

    /// The owned message without what a fixed one does not keep, and whether its arrays fit a robot of three joints.
    private func owned(_ name: String, _ bytes: [UInt8]) -> (answer: Answer, fits: Bool) {
        func fits(_ full: Int, _ counts: Int...) -> Bool { counts.allSatisfy { $0 == 0 || $0 == full } }
        do throws(WireError) {
            switch name {
            case "JointSetpoint":
                var message = try JointSetpoint(decoding: bytes)
                message.extension = nil
                message.unknownFields = UnknownFields()
                let counts = [
                    message.position, message.velocity, message.effort, message.stiffness, message.damping,
                ]
                return (.canonical(message.encoded()), counts.allSatisfy { fits(Self.joints, $0.count) })
            case "WholeBodyState":
                var message = try WholeBodyState(decoding: bytes)
                message.unknownFields = UnknownFields()
                let streams = [
                    message.position, message.velocity, message.effort, message.commanded, message.applied,
                ]
                let masks = [message.limitedMask, message.brakeMask, message.faultMask]
                let isFit =
                    streams.allSatisfy { fits(Self.joints, $0.count) } && masks.allSatisfy { fits(1, $0.count) }
                    && fits(10, message.imu.count)
                return (.canonical(message.encoded()), isFit)
            default:
                var message = try JointHealth(decoding: bytes)
                message.unknownFields = UnknownFields()
                let isFit = fits(
                    Self.joints, message.temperature.count, message.current.count, message.velocityLimit.count,
                    message.errorCodes.count)
                return (.canonical(message.encoded()), isFit)
            }
        } catch { return (.refused(error.kind), true) }
    }

    private static let names = ["JointSetpoint", "WholeBodyState", "JointHealth"]

    /// A message whose arrays fit three joints, with about four of five fields.
    private func fitting(_ name: String, _ random: inout Random) -> [[UInt8]] {
        var fields: [[UInt8]] = []
        for field in Schema.shared.messages["pons.v1." + name]!.field where random.chance(80) {
            if field.type == .message { continue }
            var sampler = Sampler(seed: random.next(), oddities: [])
            guard field.label == .repeated else {
                fields.append(sampler.field(field))
                continue
            }
            let counts = [
                "limited_mask": 1, "brake_mask": 1, "fault_mask": 1, "imu": 10, "foot_force": random.below(9),
            ]
            fields.append(sampler.packed(field, count: counts[field.name] ?? Self.joints))
        }
        return fields
    }

    private func compare(_ name: String, _ bytes: [UInt8], _ seed: UInt64) -> Bool {
        let (expected, fits) = owned(name, bytes)
        let seen = answer(name, bytes)
        let isSame =
            switch (expected, seen) {
            case (.refused(let kind), .refused(let other)): kind == other || other == .wrongCount
            case (.canonical, _) where !fits: seen == .refused(.wrongCount)
            default: expected == seen
            }
        if !isSame {
            Issue.record("seed \(seed) \(name): owned \(expected), fixed \(seen), fits \(fits), \(Hex.text(bytes))")
        }
        return isSame
    }

    @Test(arguments: names) func `fixed and owned agree on fitting messages in any order`(name: String) {
        for seed in 0..<10_000 as Range<UInt64> {
            var random = Random(seed: seed)
            var fields = fitting(name, &random)
            if random.chance(50) { fields.swapAt(0, fields.count - 1) }
            if random.chance(10) { fields.append(fields[random.below(fields.count)]) }
            if random.chance(10) { fields.append([0xFA, 0x7F, 1, 0x55]) }
            guard compare(name, fields.flatMap { $0 }, seed) else { return }
        }
    }

    @Test(arguments: names) func `fixed and owned agree on any legal message`(name: String) {
        for seed in 0..<10_000 as Range<UInt64> {
            var sampler = Sampler(seed: seed, oddities: Sampler.Oddities(rawValue: Int(seed % 64)))
            guard compare(name, sampler.message("pons.v1." + name), seed) else { return }
        }
    }

    @Test(arguments: names) func `fixed and owned refuse the same damage`(name: String) {
        for seed in 0..<20_000 as Range<UInt64> {
            var random = Random(seed: seed)
            let bytes = fitting(name, &random).flatMap { $0 }
            guard !bytes.isEmpty else { continue }
            var mutator = Mutator(seed: seed)
            guard compare(name, mutator.damage(bytes), seed) else { return }
        }
    }

    private func fullState(_ seed: UInt64, feet: Int) -> FixedWholeBodyState<3> {
        var random = Random(seed: seed)
        var state = FixedWholeBodyState<3>()
        state.sequence = random.next()
        state.captureNs = Int64(bitPattern: random.next())
        state.safetyState = .operational
        state.operatingMode = OperatingMode(rawValue: 1)
        state.descriptorEpoch = 7
        state.authorityEpoch = random.next()
        state.appliedSequence = 0
        state.appliedNs = -1
        for joint in 0..<3 {
            let value = Float(random.below(1000)) / 100
            state.position[joint] = value
            state.velocity[joint] = -value
            state.effort[joint] = value + 1
            state.commanded[joint] = value + 2
            state.applied[joint] = value + 3
        }
        state.limitedMask[0] = 5
        for index in 0..<10 { state.imu[index] = Float(index) }
        for index in 0..<feet { state.footForce[index] = Float(index) * 100 }
        state.footForceCount = Int32(feet)
        state.presence = 0x0FFF_FFFF & ~(feet == 0 ? 1 << 17 : 0)
        return state
    }

    @Test(arguments: 0...8) func `the view at constant offsets reads what was sent`(feet: Int) throws {
        var state = fullState(UInt64(feet), feet: feet)
        let bytes = encoded(&state)
        #expect(answer("WholeBodyState", bytes) == .canonical(bytes))
        let message = try WholeBodyState(decoding: bytes)
        let isSame = bytes.withRawSpan { span -> Bool in
            guard let view = CanonicalWholeBodyState<3>(span) else { return false }
            var isSame = view.sequence == message.sequence && view.captureNs == message.captureNs
            isSame = isSame && view.safetyState == .operational && view.appliedNs == -1 && view.testActive == false
            isSame = isSame && view.descriptorHashPrefix == message.descriptorHashPrefix
            for joint in 0..<3 {
                isSame = isSame && view.position(joint) == message.position[joint]
                isSame = isSame && view.applied(joint) == message.applied[joint]
            }
            for index in 0..<10 { isSame = isSame && view.imu(index) == message.imu[index] }
            isSame = isSame && view.footForceCount == feet
            for index in 0..<feet { isSame = isSame && view.footForce(index) == message.footForce[index] }
            return isSame && view.limitedMask(0) == 5 && view.queueDepth == message.queueDepth
        }
        #expect(isSame)
    }

    @Test func `a view takes only its own layout, and only bytes that the owned message takes`() throws {
        var (taken, refused) = (0, 0)
        for seed in 0..<20_000 as Range<UInt64> {
            var state = fullState(seed, feet: Int(seed % 9))
            var mutator = Mutator(seed: seed)
            let bytes = mutator.damage(encoded(&state))
            let isCanonical = bytes.withRawSpan { CanonicalWholeBodyState<3>($0) != nil }
            guard isCanonical else { refused += 1; continue }
            taken += 1
            // A flag may be any number but 0: the meaning is compared, not the bytes.
            let meaning = try WholeBodyState(decoding: bytes).encoded()
            #expect(meaning.dropLast() == bytes.dropLast(), "seed \(seed)")
            #expect(answer("WholeBodyState", bytes) == .canonical(meaning), "seed \(seed)")
        }
        #expect(taken > 1000 && refused > 1000)
    }

    @Test(arguments: 0...8) func `a resident frame is the message on the wire`(feet: Int) throws {
        var state = fullState(99, feet: feet)
        let bytes = encoded(&state)
        var frame = ResidentWholeBodyState<3>(footForceCount: feet)
        let taken = bytes.withRawSpan { frame.decode($0) }
        #expect(taken && copy(frame.bytes) == bytes)
        frame.sequence = 42
        frame.setPosition(1.5, at: 2)
        frame.safetyState = .emergencyStop
        frame.effort = [7, 8, 9]
        frame.testActive = true
        let message = try WholeBodyState(decoding: copy(frame.bytes))
        #expect(message.sequence == 42 && message.position[2] == 1.5 && message.effort == [7, 8, 9])
        #expect(message.safetyState == .emergencyStop && message.testActive == true)
        #expect(frame.position(2) == 1.5 && frame.footForceCount == feet)
        let other = try WholeBodyState(decoding: bytes).encoded().dropLast()
        let isUnchanged = Array(other).withRawSpan { !frame.decode($0) }
        #expect(isUnchanged && frame.sequence == 42)
    }

    private func copy(_ span: RawSpan) -> [UInt8] { (0..<span.byteCount).map { span.byte(at: $0) } }

    @Test func `a fixed setpoint breaks the rules that the owned one breaks`() throws {
        let damages: [(inout JointSetpoint) -> Void] = [
            { _ in }, { $0.sequence = nil }, { $0.mode = nil }, { $0.position[1] = .nan },
            { $0.damping[2] = -.infinity },
            { $0.velocity = [] }, { $0.leaseEpoch = nil },
        ]
        for damage in damages {
            var owned = JointSetpoint()
            (owned.sequence, owned.stampNs, owned.validUntilNs) = (1, 2, 3)
            (owned.leaseEpoch, owned.leaseSequence, owned.resourceID, owned.descriptorEpoch) = (4, 5, 6, 7)
            owned.mode = .impedance
            let values: [Float] = [1, 2, 3]
            (owned.position, owned.velocity, owned.effort) = (values, values, values)
            (owned.stiffness, owned.damping) = (values, values)
            damage(&owned)
            var fixed = FixedJointSetpoint<3>()
            try owned.encoded().withRawSpan { (span) throws(WireError) in try fixed.decode(span) }
            var (first, second): (Violation?, Violation?)
            do throws(Violation) { try owned.validate(ValidationContext(jointCount: 3)) } catch { first = error }
            do throws(Violation) { try fixed.validate() } catch { second = error }
            #expect(first == second)
        }
    }

    @Test func `joint counts up to the bound of fixed messages have their lengths right`() throws {
        func check<let n: Int>(_ fixed: FixedJointSetpoint<n>) throws {
            var message = fixed
            message.sequence = 1
            for joint in 0..<n { message.position[joint] = Float(joint) }
            message.hasPosition = true
            let owned = try JointSetpoint(decoding: encoded(&message))
            #expect(owned.position == (0..<n).map { Float($0) })
            #expect(self.fixed(FixedJointSetpoint<n>.self, owned.encoded()) == .canonical(owned.encoded()))
        }
        try check(FixedJointSetpoint<1>())
        try check(FixedJointSetpoint<31>())
        try check(FixedJointSetpoint<32>())
        try check(FixedJointSetpoint<64>())
        try check(FixedJointSetpoint<65>())
        try check(FixedJointSetpoint<256>())
    }
}
