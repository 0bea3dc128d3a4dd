import ConformJudge
import PonsMessages
import PonsReflection
import PonsSession

// Setpoints, streams and chunks.
extension ScenarioPlayer {
    /// A valid setpoint of a client, holding `targets`.
    func setpoint(of name: String, _ targets: [Float], validForNs: Int64) -> JointSetpoint {
        let client = clients[name]!
        let now = client.session.robotTime(stage.nowNs)
        let lease = client.session.leases[client.resource]
        var message = JointSetpoint()
        message.sequence = client.nextSequence
        message.stampNs = now
        message.validUntilNs = now + validForNs
        message.leaseEpoch = lease?.epoch ?? 0
        message.leaseSequence = lease?.sequence ?? 0
        message.resourceID = client.resource
        message.descriptorEpoch = descriptor.descriptorEpoch
        message.mode = .position
        message.position = targets
        clients[name]!.nextSequence += 1
        clients[name]!.lastTargets = targets
        return message
    }

    /// Where the next setpoint starts from: the last target, or what the robot measured.
    func base(of name: String) -> [Float] {
        let client = clients[name]!
        if let targets = client.lastTargets { return targets }
        let seen =
            client.state
            ?? clients.sorted { $0.key < $1.key }.compactMap(\.value.state).max { $0.sequence ?? 0 < $1.sequence ?? 0 }
        return seen?.position ?? Array(repeating: 0, count: descriptor.joints.count)
    }

    func joint(_ argument: StepArgument?) throws(StepFailure) -> Int? {
        guard let name = argument?.text else { return nil }
        guard let index = descriptor.joints.firstIndex(where: { $0.name == name }) else {
            let near = Suggestion.sentence(for: name, in: descriptor.joints.map(\.name))
            throw StepFailure("the robot has no joint '\(name)'; \(near)")
        }
        return index
    }

    func stream(_ name: String, _ arguments: StepArgument, _ label: String?) throws(StepFailure) {
        try requireFineClock(name)
        let rate = try quantity(arguments["rate"])?.value ?? 100
        let length = try time(arguments["for"], default: 0)
        // However many are lost, no gap is as long as the robot's deadline: a stop would be its right (MOT-16).
        let inDeadline = 0.8 * (evidence.constants["D_T1"]?.value ?? 50e6) * rate / 1e9
        streams.removeAll { $0.peer == name }
        streams.append(
            PlannedStream(
                peer: name, label: label, step: stepIndex(of: arguments), periodNs: Int64(1e9 / rate),
                untilNs: length > 0 ? stage.nowNs + length : nil, startNs: stage.nowNs, dueNs: stage.nowNs,
                base: base(of: name), joint: try joint(arguments["joint"]),
                amplitude: try amplitude(arguments["amplitude"]),
                frequency: try quantity(arguments["frequency"])?.value ?? 0.5,
                rampNs: try quantity(arguments["ramp"]).map(\.value),
                validForNs: try time(arguments["valid_for"], default: 100_000_000),
                loss: try quantity(arguments["lose"])?.value ?? 0, mostLostInRow: min(2, Int(count: inDeadline - 1))))
        if length > 0 { run(until: stage.nowNs + length) }
    }

    private func stepIndex(of arguments: StepArgument) -> Int {
        test.stimulus.firstIndex { $0.arguments == arguments } ?? 0
    }

    /// A robot refuses the setpoints of whoever doesn't know its clock well enough (TIM-04): that would be no fault of the robot's.
    private func requireFineClock(_ name: String) throws(StepFailure) {
        let session = clients[name]!.session
        let bound = SessionTiming.setpointClockBoundNs
        guard session.habits.comparesClocks, session.clock.uncertaintyNs > bound else { return }
        let reached = Quantity(Double(session.clock.uncertaintyNs), .time).text
        throw StepFailure(
            "\(name) knows the robot's clock to \(reached) only, and setpoints need \(Quantity(Double(bound), .time).text): the link is too slow or too uneven"
        )
    }

    func setpoints(_ name: String, _ arguments: StepArgument, _ label: String?) throws(StepFailure) {
        let count = Int(try quantity(arguments["count"])?.value ?? 1)
        let every = try time(arguments["every"], default: 10_000_000)
        let joint = try joint(arguments["joint"])
        for _ in 0..<count {
            var targets = base(of: name)
            let kept = clients[name]!.lastTargets
            if let joint {
                if let offset = try quantity(arguments["offset"])?.value { targets[joint] += Float(offset) }
                if let value = try quantity(arguments["value"])?.value { targets[joint] = Float(value) }
            }
            if let spoiled = try self.joint(arguments["spoil"]) {
                targets[spoiled] = Float(descriptor.joints[spoiled].hardPosition?.upper ?? 0) + 0.5
            }
            let next = clients[name]!.nextSequence
            var message = setpoint(of: name, targets, validForNs: 100_000_000)
            if let shift = try quantity(arguments["sequence"])?.value {
                message.sequence = UInt64(max(1, Double(next) + shift))
                clients[name]!.nextSequence = max(next, (message.sequence ?? 0) + 1)
            }
            if let length = try quantity(arguments["length"])?.value {
                let last = message.position.last ?? 0
                message.position = Array(message.position.prefix(Int(length)))
                while message.position.count < Int(length) { message.position.append(last) }
            }
            try override(&message, arguments, peer: name)
            send(message, from: name, label: label, arguments: arguments)
            // What may be refused is no base for what follows.
            clients[name]!.lastTargets = kept ?? (joint == nil && arguments["length"] == nil ? targets : nil)
            run(until: stage.nowNs + every)
        }
    }

    func probeLimits(_ name: String, _ arguments: StepArgument, _ label: String?) throws(StepFailure) {
        // Refusals may be told as rarely as one in 10 ms: an uneven link must not bring two of them so close.
        let every = try time(arguments["every"], default: 40_000_000)
        let beyond = Float(try quantity(arguments["beyond"])?.value ?? 0)
        let isHard = arguments["bound"]?.text == "hard"
        let base = base(of: name)
        for (index, joint) in descriptor.joints.enumerated() {
            let interval = isHard ? joint.hardPosition : joint.softPosition
            for sign: Float in [-1, 1] {
                var message = setpoint(of: name, base, validForNs: 100_000_000)
                switch arguments["quantity"]?.text {
                case "velocity":
                    message.velocity = Array(repeating: 0, count: base.count)
                    message.velocity[index] = sign * (Float(joint.velocityLimit ?? 0) * (1 + beyond))
                case "effort":
                    // Where nobody knows the limit, any effort is beyond it.
                    message.effort = Array(repeating: 0, count: base.count)
                    message.effort[index] = sign * (joint.effortLimit.map { Float($0) * (1 + beyond) } ?? 1)
                default:
                    let bound = Float((sign > 0 ? interval?.upper : interval?.lower) ?? 0)
                    message.position[index] = bound + sign * beyond
                }
                send(message, from: name, label: label)
                run(until: stage.nowNs + every)
            }
        }
        clients[name]!.lastTargets = base
    }

    func probeNumbers(_ name: String, _ arguments: StepArgument, _ label: String?) throws(StepFailure) {
        let numbers: [String: Float] = [
            "nan": .nan, "signaling_nan": .signalingNaN, "infinity": .infinity, "negative_infinity": -.infinity,
            "negative_zero": -0.0, "subnormal": .leastNonzeroMagnitude,
        ]
        guard let number = numbers[arguments["number"]?.text ?? ""] else {
            throw StepFailure("unknown number; known: \(numbers.keys.sorted().joined(separator: ", "))")
        }
        let every = try time(arguments["every"], default: 20_000_000)
        let base = base(of: name)
        for field in ["position", "velocity", "effort", "stiffness", "damping"] {
            var message = setpoint(of: name, base, validForNs: 100_000_000)
            let zeros = [Float](repeating: 0, count: base.count)
            // A tiny number is only a legal position where the joint may be at zero: use the arrays that are offsets.
            if field == "position" && number.isFinite { continue }
            // Gains are none of a robot's business that has no impedance mode, be they ever so small.
            let isGain = field == "stiffness" || field == "damping"
            if isGain && number.isFinite && !descriptor.joints.contains(where: { $0.modes.contains(.impedance) }) {
                continue
            }
            // Nor is any effort of a joint whose limit nobody knows (DSC-06).
            if field == "effort" && number.isFinite && descriptor.joints.contains(where: { $0.effortLimit == nil }) {
                continue
            }
            var values = field == "position" ? base : zeros
            values[values.count / 2] = number
            let list = FieldValue.list(values.map { .number(Double($0)) })
            do throws(ReflectionError) { try message.set(field, to: list) } catch { continue }
            send(message, from: name, label: label)
            run(until: stage.nowNs + every)
        }
    }

    // MARK: Chunks

    private func makeChunk(_ name: String, _ arguments: StepArgument) throws(StepFailure) -> ActionChunk {
        let client = clients[name]!
        let now = client.session.robotTime(stage.nowNs)
        let horizon = Int(try quantity(arguments["horizon"])?.value ?? 50)
        let lease = client.session.leases[client.resource]
        var chunk = ActionChunk()
        chunk.commandID = clients[name]!.session.commandID()
        let shift = try quantity(arguments["id"])?.value ?? 0
        chunk.chunkID = UInt64(max(1, Double(client.nextChunkID) + shift))
        clients[name]!.nextChunkID = max(client.nextChunkID, (chunk.chunkID ?? 0) + 1)
        chunk.startNs = Int64(try quantity(arguments["start"], peer: name)?.value ?? Double(now + 100_000_000))
        chunk.basedOnObservationNs = Int64(
            try quantity(arguments["observed"], peer: name)?.value ?? Double(now - 20_000_000))
        chunk.stepPeriodNs = try time(arguments["period"], default: 20_000_000)
        chunk.horizon = UInt32(horizon)
        chunk.commitPrefix = UInt32(try quantity(arguments["commit"])?.value ?? 0)
        chunk.validUntilNs = now + (try time(arguments["valid_for"], default: 5_000_000_000))
        chunk.space = "joint-position"
        chunk.descriptorEpoch = descriptor.descriptorEpoch
        chunk.leaseEpoch = lease?.epoch ?? 0
        chunk.leaseSequence = lease?.sequence ?? 0
        chunk.resourceID = client.resource
        let base = base(of: name)
        let joint = try joint(arguments["joint"])
        let distance = try amplitude(arguments["distance"])
        chunk.position = (0..<horizon).flatMap { step -> [Float] in
            var row = base
            if let joint { row[joint] += Float(distance * Double(step) / Double(max(horizon - 1, 1))) }
            return row
        }
        return chunk
    }

    func chunk(_ name: String, _ arguments: StepArgument, _ label: String?) throws(StepFailure) {
        var chunk = try makeChunk(name, arguments)
        try override(&chunk, arguments, peer: name)
        send(chunk, from: name, label: label, arguments: arguments)
        if clients[name]!.lastTargets == nil { clients[name]!.lastTargets = base(of: name) }
        run(until: stage.nowNs + 5_000_000)
    }

    func stripChunk(_ name: String, _ arguments: StepArgument, _ label: String?) throws(StepFailure) {
        let every = try time(arguments["every"], default: 30_000_000)
        for field in (arguments["each"]?.elements ?? []).compactMap(\.text) {
            var chunk = try makeChunk(name, arguments)
            do throws(ReflectionError) { try chunk.set(field, to: nil) } catch {
                throw StepFailure("ActionChunk has no field '\(field)'")
            }
            send(chunk, from: name, label: label)
            run(until: stage.nowNs + every)
        }
    }
}
