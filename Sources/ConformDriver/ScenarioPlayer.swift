public import ConformJudge
import Foundation
public import PonsMessages
import PonsReflection
import PonsSession
import PonsSimulator
import PonsTransport
import PonsWire

/// Plays the stimulus of one test on a stage and records everything. It knows nothing of verdicts.
public final class ScenarioPlayer {
    let stage: ImpairedStage
    let test: TestDefinition
    var evidence = Evidence()
    var clients: [String: Client] = [:]
    var streams: [PlannedStream] = []
    /// What clients repeat beside the steps, by client.
    var repeats: [String: PlannedRepeat] = [:]
    var descriptor: Descriptor
    /// How much of each amplitude is played.
    private let envelope: MotionEnvelope
    private var entropy: SplitMix64

    /// A step could not be carried out.
    struct StepFailure: Error {
        let message: String
        init(_ message: String) { self.message = message }
    }

    /// - Parameters:
    ///   - descriptor: of the robot, fetched once a run.
    ///   - seed: of nonces, random bytes and phases.
    public init(
        stage: any Stage, test: TestDefinition, descriptor: Descriptor, seed: UInt64, envelope: MotionEnvelope = .full
    ) {
        self.envelope = envelope
        self.stage = ImpairedStage(stage)
        self.test = test
        self.descriptor = descriptor
        entropy = SplitMix64(seed: seed)
    }

    /// From here on every link is one of this profile.
    func impair(_ profile: LinkProfile, _ kind: LinkModel.Kind = .stream) {
        stage.impair(profile, kind, seed: random64())
    }

    /// Plays all steps. Cost: the time the steps take on the stage's clock.
    public func play() -> Evidence {
        // A robot that was switched on a moment ago is left alone until its self-test is over.
        if stage.startsFresh && test.target == .robot {
            run(until: stage.nowNs + (descriptor.safety?.selftestTimeNs ?? 0))
        }
        evidence.startNs = stage.nowNs
        evidence.losesFrames = stage.losesFrames
        evidence.constants = Self.constants(of: descriptor)
        evidence.constants[MotionOracle.scale] = Quantity(envelope.scale)
        evidence.descriptor = descriptor
        for (index, step) in test.stimulus.enumerated() {
            if let label = step.label { evidence.marks[label] = stage.nowNs }
            do throws(StepFailure) { try perform(step) } catch {
                var record = Evidence.Record(.stepFailed, at: stage.nowNs, peer: "")
                record.note = "step \(index + 1) (\(step.verb), line \(step.arguments.line)): \(error.message)"
                evidence.append(record)
                break
            }
        }
        streams.removeAll()
        repeats.removeAll()
        run(until: stage.nowNs + 100_000_000)
        for (_, client) in clients.sorted(by: { $0.key < $1.key }) where !client.isClosed { stage.close(client.link) }
        run(until: stage.nowNs + 2_000_000)
        evidence.endNs = stage.nowNs
        defer { tidyUp() }
        return evidence
    }

    /// A stimulus that ended early leaves a robot as nobody wants it that goes on running. What can't be done here is left to
    /// ``Restorer``.
    private func tidyUp() {
        guard !stage.startsFresh else { return }
        for step in test.finally { do throws(StepFailure) { try perform(step) } catch { break } }
        for (_, client) in clients where !client.isClosed { stage.close(client.link) }
    }

    /// What tests may name: limits and times the robot declares.
    public static func constants(of descriptor: Descriptor) -> [String: Quantity] {
        var constants: [String: Quantity] = [:]
        func time(_ name: String, _ value: Int64?) {
            if let value { constants[name] = Quantity(Double(value), .time) }
        }
        let timing = descriptor.timing
        time("D_T1", timing?.setpointDeadlineNs)
        time("D_T3", timing?.chunkDeadlineNs)
        time("T_HB", timing?.heartbeatPeriodNs)
        time("T_DEAD", timing?.peerTimeoutNs)
        time("lease_duration", timing?.leaseDurationNs)
        time("sync_validity", timing?.syncValidityNs)
        time("state_period", timing?.stateRateHz.map { Int64(1e9 / $0) })
        constants["loop_rate"] = timing?.spinalRateHz.map { Quantity($0) }
        constants["state_rate"] = timing?.stateRateHz.map { Quantity($0) }
        time("setpoint_max_lead", timing?.setpointMaxLeadNs)
        time("task_max_lead", timing?.taskMaxLeadNs)
        time("max_observation_age", timing?.maxObservationAgeNs)
        time("selftest_time", descriptor.safety?.selftestTimeNs)
        time("settle_time", descriptor.safety?.settleTimeNs)
        time("stop_time", descriptor.safety?.stopPlans.first { $0.kind == .protective }?.maxTimeNs)
        constants["T_STOP_INIT"] = Quantity(10e6, .time)
        constants["T_REPORT"] = Quantity(20e6, .time)
        constants["V_STILL"] = Quantity(0.02)
        constants["joints"] = Quantity(Double(descriptor.joints.count))
        constants["max_horizon"] = Quantity(Double(descriptor.limits?.maxChunkHorizon ?? 0))
        constants["max_tasks"] = Quantity(Double(descriptor.limits?.maxConcurrentTasks ?? 0))
        constants["max_counter_gap"] = Quantity(Double(descriptor.limits?.maxCounterGap ?? 0))
        constants["max_sessions"] = Quantity(Double(descriptor.limits?.maxSessions ?? 0))
        constants["max_setpoint_rate"] = Quantity(descriptor.limits?.maxSetpointRateHz ?? 1000)
        constants["picture_rate"] = pictureRate(of: descriptor).map { Quantity($0) }
        if let terms = descriptor.safety?.separation {
            constants["protective_distance"] = Quantity(terms.protectiveDistance(atSpeed: 0))
            constants["walking_distance"] = Quantity(terms.protectiveDistance(atSpeed: 1))
            constants["human_uncertainty"] = Quantity(terms.positionUncertaintyHuman ?? 0)
        }
        constants["descriptor_epoch"] = Quantity(Double(descriptor.descriptorEpoch))
        for (index, joint) in descriptor.joints.enumerated() {
            constants["joint.\(joint.name)"] = Quantity(Double(index))
            constants["hard_upper.\(joint.name)"] = Quantity(joint.hardPosition?.upper ?? 0, .angle)
            constants["soft_upper.\(joint.name)"] = Quantity(joint.softPosition?.upper ?? 0, .angle)
            constants["acceleration.\(joint.name)"] = Quantity(joint.accelerationLimit ?? 0)
            constants["temperature_limit.\(joint.name)"] = joint.temperatureLimit.map { Quantity($0) }
            constants["bump_tolerance.\(joint.name)"] = Quantity(joint.bumpTolerance ?? 0, .angle)
            constants["following_error_limit.\(joint.name)"] = Quantity(joint.followingErrorLimit ?? 0, .angle)
            time("following_error_time.\(joint.name)", joint.followingErrorTimeNs ?? 0)
        }
        return constants
    }

    /// Of the slowest camera; Hz.
    private static func pictureRate(of descriptor: Descriptor) -> Double? {
        descriptor.sensors.filter(\.kind.isCamera).compactMap(\.nominalRateHz).filter { $0 > 0 }.min()
    }

    /// The part of the body that holds all others.
    var wholeBody: UInt32 { descriptor.resources.first { $0.parentID == 0 }?.id ?? 1 }

    func random64() -> UInt64 { entropy.next() }

    /// An amplitude of the test as it may be played.
    func amplitude(_ argument: StepArgument?) throws(StepFailure) -> Double {
        (try quantity(argument)?.value ?? 0) * envelope.scale
    }

    // MARK: Time

    /// Lets time pass: streams and sessions go on, everything that arrives is recorded.
    func run(until deadline: Int64) { _ = run(until: deadline) { false } }

    /// Lets time pass until `isDone`, at most to `deadline`; whether it was done.
    @discardableResult
    func run(until deadline: Int64, _ isDone: () -> Bool) -> Bool {
        while !isDone() {
            sendWhatIsDue()
            let next = min(deadline, nextDueNs ?? .max)
            var done = false
            stage.advance(to: max(next, stage.nowNs)) { delivery in
                receive(delivery)
                done = isDone()
                return done || streamsAreDue
            }
            if done { return true }
            if stage.nowNs >= deadline && (nextDueNs ?? .max) > stage.nowNs { break }
        }
        return isDone()
    }

    private var streamsAreDue: Bool { (nextDueNs ?? .max) <= stage.nowNs }

    /// Asked after every delivery: looks at things where they lie and makes no list of them.
    private var nextDueNs: Int64? {
        var next = Int64.max
        for index in streams.indices { next = min(next, streams[index].dueNs) }
        for planned in repeats.values { next = min(next, planned.dueNs) }
        for client in clients.values where !client.isClosed && !client.isSilent {
            next = min(next, client.session.nextDueNs ?? .max)
        }
        return next == .max ? nil : next
    }

    private func sendWhatIsDue() {
        for index in streams.indices where streams[index].dueNs <= stage.nowNs { sendNext(&streams[index]) }
        for name in repeats.keys.sorted() where repeats[name]!.dueNs <= stage.nowNs { sendRepeat(of: name) }
        streams.removeAll { stream in stream.untilNs.map { stream.dueNs >= $0 } ?? false }
        for name in clients.keys.sorted() where !clients[name]!.isClosed && !clients[name]!.isSilent {
            for frame in clients[name]!.session.advance(to: stage.nowNs) { post(frame, from: name, label: nil) }
        }
    }

    private func sendNext(_ stream: inout PlannedStream) {
        let due = stream.dueNs
        stream.dueNs += stream.periodNs
        guard let client = clients[stream.peer], !client.isClosed, !client.isSilent else { return }
        let elapsed = Double(due - stream.startNs)
        let offset: Double
        if let ramp = stream.rampNs {
            offset = stream.amplitude * min(1, elapsed / ramp)
        } else {
            offset = stream.amplitude * sin(2 * .pi * stream.frequency * elapsed / 1e9)
        }
        var targets = stream.base
        if let joint = stream.joint { targets[joint] += Float(offset) }
        if let posture = stream.posture {
            let share = Float(min(1, elapsed / (stream.rampNs ?? 1)))
            for index in targets.indices { targets[index] += share * (posture[index] - targets[index]) }
            return send(
                setpoint(of: stream.peer, targets, validForNs: stream.validForNs), from: stream.peer, label: nil)
        }
        let step = test.stimulus[stream.step]
        var message = setpoint(of: stream.peer, targets, validForNs: stream.validForNs)
        do throws(StepFailure) { try override(&message, step.arguments, peer: stream.peer) } catch { return }
        let isLost =
            stream.loss > 0 && Double(random64() >> 11) * 0x1p-53 < stream.loss
            && stream.lostInRow < stream.mostLostInRow
        stream.lostInRow = isLost ? stream.lostInRow + 1 : 0
        if isLost {
            // Numbered and sealed like the others, then lost on the way.
            clients[stream.peer]!.session.sealer.skip(1)
            return
        }
        send(message, from: stream.peer, label: stream.label, arguments: step.arguments, dueNs: due)
    }

    // MARK: Receiving

    private func receive(_ delivery: Delivery) {
        if case .stall(let length) = delivery.content {
            var record = Evidence.Record(.stall, at: delivery.timeNs, peer: "")
            record.dueNs = delivery.timeNs - length
            evidence.append(record)
            return
        }
        if overhears(delivery) { return }
        guard let name = clients.first(where: { $0.value.link == delivery.link })?.key else { return }
        switch delivery.content {
        case .closed:
            guard !clients[name]!.isClosed else { return }
            clients[name]!.isClosed = true
            evidence.append(Evidence.Record(.closedByRobot, at: delivery.timeNs, peer: name))
        case .bytes(let bytes): receive(bytes, by: name, delivery)
        case .datagram(let bytes):
            for event in clients[name]!.session.receive(datagram: bytes, at: delivery.kernelNs ?? delivery.timeNs) {
                note(event, by: name, delivery)
            }
        case .sent(let mark):
            guard let index = clients[name]!.sentMarks.removeValue(forKey: mark), let stamp = delivery.kernelNs else {
                return
            }
            evidence.stamp(index, kernelNs: stamp)
        case .stall, .overheard, .guestOpened: break
        }
    }

    private func receive(_ bytes: [UInt8], by name: String, _ delivery: Delivery) {
        let (events, replies) = clients[name]!.session.receive(bytes, at: delivery.kernelNs ?? delivery.timeNs)
        noteClock(of: name, at: delivery.timeNs)
        for event in events { note(event, by: name, delivery) }
        if clients[name]!.isSilent { return }
        for reply in replies { post(reply, from: name, label: "\(name)_answers") }
    }

    /// Puts on record what a client has just learnt of the robot's clock.
    private func noteClock(of name: String, at now: Int64) {
        let clock = clients[name]!.session.clock
        guard clock.isValid, clock.offsetNs != evidence.clocks[name]?.last?.offsetNs else { return }
        evidence.clocks[name, default: []].append(
            ClockReading(timeNs: now, offsetNs: clock.offsetNs, uncertaintyNs: clock.uncertaintyNs))
    }

    private func note(_ event: ClientSession.Event, by name: String, _ delivery: Delivery) {
        switch event {
        case .opened(let welcome):
            evidence.identities["\(name).session"] = welcome.sessionID
            let hash = welcome.descriptorSHA256
            evidence.hashes["\(name).descriptor"] = hash
            evidence.identities["\(name).descriptor_prefix"] = hash.prefix(8).reversed().reduce(0) {
                $0 << 8 | UInt64($1)
            }
        case .refused, .altered: break
        case .damaged(let error):
            evidence.append(Evidence.Record(.damaged, at: delivery.timeNs, peer: name, note: "\(error)"))
        case .received(let type, let payload, let header):
            var record = Evidence.Record(.received, at: delivery.timeNs, peer: name)
            record.kernelNs = delivery.kernelNs
            record.type = type
            record.header = header
            record.bytes = payload
            decode(type, payload, into: &record)
            if let message = record.message { remember(message, type, by: name, delivery.timeNs) }
            evidence.append(record)
            if let piece = record.message as? BulkChunk { assemble(piece, by: name, delivery) }
        }
    }

    /// A message that came in pieces is evidence of its own, as soon as it is whole.
    private func assemble(_ piece: BulkChunk, by name: String, _ delivery: Delivery) {
        do throws(BulkAssembler.Failure) {
            guard let whole = try clients[name]!.assembler.receive(piece), let type = whole.type else { return }
            var record = Evidence.Record(.received, at: delivery.timeNs, peer: name)
            record.kernelNs = delivery.kernelNs
            record.type = type
            record.bytes = whole.payload
            decode(type, whole.payload, into: &record)
            evidence.append(record)
        } catch {
            evidence.append(Evidence.Record(.damaged, at: delivery.timeNs, peer: name, note: "pieces: \(error)"))
        }
    }

    func decode(_ type: MessageType, _ payload: [UInt8], into record: inout Evidence.Record) {
        let kind = MessageCatalogue.message(of: type)
        do throws(WireError) {
            let message = try kind.init(decoding: payload)
            record.message = message
            do throws(Violation) {
                try message.validate(ValidationContext(jointCount: descriptor.joints.count))
            } catch {
                record.kind = .damaged
                record.note = "\(type.label) breaks the schema: \(error.reason.label) at \(kind.describe(error.path))"
            }
        } catch {
            record.kind = .damaged
            record.note = "\(type.label) does not decode: \(error.kind) at byte \(error.offset)"
        }
    }

    private func remember(_ message: any FrameMessage, _ type: MessageType, by name: String, _ timeNs: Int64) {
        clients[name]!.newest[type] = (message, timeNs)
        switch message {
        case let state as WholeBodyState: clients[name]!.state = state
        case let status as SafetyStatus: clients[name]!.status = status
        case let ack as Ack: clients[name]!.acks[ack.commandID] = ack
        case let challenge as ResetChallenge: clients[name]!.challenge = challenge
        case let granted as LeaseGranted:
            if let lease = granted.lease {
                evidence.constants["\(name).epoch"] = Quantity(Double(lease.epoch))
                evidence.constants["\(name).sequence"] = Quantity(Double(lease.sequence))
            }
        default: break
        }
    }

    // MARK: Sending

    /// Sends a message and records it under the step's name.
    func send<M: FrameMessage & Reflective>(
        _ message: M, from name: String, label: String?, arguments: StepArgument? = nil, dueNs: Int64? = nil
    ) {
        guard clients[name] != nil else { return }
        if let other = arguments?["session"]?.text, let impostor = clients[other] {
            // The frame of another session, on this link.
            var session = impostor.session
            let frame = session.seal(message, at: stage.nowNs)
            clients[other]!.session.sealer = session.sealer
            return post(frame, from: name, label: label, message: message, dueNs: dueNs)
        }
        var frame = frame(of: message, from: name, arguments)
        if arguments?["corrupt"]?.flag == true { frame[FrameHeader.size + 8] ^= 0x40 }
        post(frame, from: name, label: label, message: message, dueNs: dueNs)
    }

    /// The frame of a message, with what a step changes in its header or its bytes.
    private func frame<M: FrameMessage & Reflective>(
        of message: M, from name: String, _ arguments: StepArgument?
    ) -> [UInt8] {
        var payload = message.encoded()
        if let bytes = arguments?["payload"]?.text.flatMap(hex) { payload = bytes }
        if let bytes = arguments?["append"]?.text.flatMap(hex) { payload += bytes }
        let changes = arguments?["header"]?.entries ?? []
        let counter = changes.first { $0.key == "counter" }?.value
        let shift = Int((try? quantity(counter))?.value ?? 0)
        if shift > 0 { clients[name]!.session.sealer.skip(UInt32(shift)) }
        let frame = clients[name]!.session.seal(payload: payload, type: M.type.rawValue, at: stage.nowNs)
        guard !changes.isEmpty, var header = OpenedFrame.peek(frame, payloadLimit: .max) else { return frame }
        if shift < 0 { header.counter &-= UInt32(-shift) }
        for entry in changes {
            guard let number = entry.value.text.flatMap(UInt16.init) else { continue }
            switch entry.key {
            case "source": header.source = number
            case "destination": header.destination = number
            case "stream": header.stream = number
            default: continue
            }
        }
        return FrameSealer.frame(header, payload, identity: clients[name]!.session.sealer.identity)
    }

    func post(
        _ frame: [UInt8], from name: String, label: String?, message: (any FrameMessage & Reflective)? = nil,
        dueNs: Int64? = nil
    ) {
        guard let client = clients[name], !client.isClosed else { return }
        var record = Evidence.Record(.sent, at: stage.nowNs, peer: name)
        record.dueNs = dueNs ?? record.timeNs
        record.label = label
        record.bytes = frame
        record.header = OpenedFrame.peek(frame, payloadLimit: .max)
        record.message = message
        record.type =
            message.map { type(of: $0).type } ?? record.header.flatMap { MessageType(rawValue: $0.messageType) }
        if let header = record.header, header.stream == DatagramChannel.stream,
            let datagram = clients[name]!.session.datagram(of: frame)
        {
            stage.send(datagram: datagram, on: client.link)
            if let label { clients[name]!.sentDatagrams[label, default: []].append(datagram) }
        } else if let mark = stage.send(frame, on: client.link) {
            clients[name]!.sentMarks[mark] = evidence.records.count
        }
        evidence.append(record)
    }

    // MARK: Values

    /// The value of an expression of a step; `now` is the robot's time as the peer knows it.
    func quantity(_ argument: StepArgument?, peer: String? = nil) throws(StepFailure) -> Quantity? {
        guard let argument else { return nil }
        guard let text = argument.text else { throw StepFailure("a value is needed, not a list or map") }
        let now = peer.flatMap { clients[$0]?.session.robotTime(stage.nowNs) } ?? stage.nowNs
        do throws(Formula.Failure) {
            return try Formula.value(of: text) { [test, constants = evidence.constants] name in
                test.value(of: name) { $0 == "now" ? Quantity(Double(now), .time) : constants[$0] }
            }
        } catch { throw StepFailure(error.message) }
    }

    func time(_ argument: StepArgument?, default fallback: Int64) throws(StepFailure) -> Int64 {
        guard let quantity = try quantity(argument) else { return fallback }
        guard quantity.dimension == .time else {
            throw StepFailure("a time is needed, not \(quantity.dimension.rawValue)")
        }
        return Int64(quantity.value)
    }

    /// A step's value as a field's value.
    func fieldValue(_ argument: StepArgument, peer: String) throws(StepFailure) -> FieldValue {
        switch argument.value {
        case .list(let elements):
            var values: [FieldValue] = []
            for element in elements { values.append(try fieldValue(element, peer: peer)) }
            return .list(values)
        case .map(let entries):
            var fields: [String: FieldValue] = [:]
            for entry in entries { fields[entry.key] = try fieldValue(entry.value, peer: peer) }
            return .fields(fields)
        case .scalar(let text):
            if text.hasPrefix("all ") {
                let element = StepArgument(.scalar(String(text.dropFirst(4))), line: argument.line)
                return .list(Array(repeating: try fieldValue(element, peer: peer), count: descriptor.joints.count))
            }
            switch text {
            case "true": return .flag(true)
            case "false": return .flag(false)
            case "int64_max": return .integer(.max)
            case "int64_min": return .integer(.min)
            default: break
            }
            if let identity = evidence.identities[text] { return .unsigned(identity) }
            if text.first.map({ $0.isUppercase }) == true
                && text.allSatisfy({ $0.isUppercase || $0 == "_" || $0.isNumber })
            {
                return .text(text)
            }
            if let bytes = hex(text) { return .bytes(bytes) }
            do throws(StepFailure) {
                let value = try quantity(argument, peer: peer)?.value ?? 0
                return value == value.rounded() && abs(value) < 9e18 ? .integer(Int64(value)) : .number(value)
            } catch { return .text(text) }
        }
    }

    /// `0xa00601`, or `0xa00601 * 20000` for the same bytes again and again.
    private func hex(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: "*").map { $0.filter { !$0.isWhitespace } }
        if parts.count == 2, let bytes = hex(parts[0]), let times = Int(parts[1]) {
            return Array(repeatElement(bytes, count: times).joined())
        }
        guard text.hasPrefix("0x"), text.count % 2 == 0 else { return nil }
        let digits = Array(text.dropFirst(2))
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }

    /// Applies `fields` and `omit` of a step to a message.
    func override<M: Reflective>(_ message: inout M, _ arguments: StepArgument, peer: String) throws(StepFailure) {
        for entry in arguments["fields"]?.entries ?? [] {
            let value = try fieldValue(entry.value, peer: peer)
            do throws(ReflectionError) { try message.set(entry.key, to: value) } catch {
                throw StepFailure("\(M.name) has no field '\(entry.key)' that takes \(value.json)")
            }
        }
        for name in arguments["omit"]?.elements.compactMap(\.text) ?? [] {
            do throws(ReflectionError) { try message.set(name, to: nil) } catch {
                throw StepFailure("\(M.name) has no field '\(name)'")
            }
        }
    }
}
