import ConformJudge
import Foundation
import PonsMessages
import PonsReflection
import PonsSecurity
import PonsSession
import PonsTransport
import PonsWire

// The words of the vocabulary.
extension ScenarioPlayer {
    func perform(_ step: TestDefinition.Step) throws(StepFailure) {
        let arguments = step.arguments
        let peer = arguments["peer"]?.text ?? ""
        if !["open", "reopen", "connect", "wait", "wait_until", "race", "link", "guest"].contains(step.verb),
            clients[peer] == nil
        {
            throw StepFailure("no client '\(peer)' was opened")
        }
        switch step.verb {
        case "open": try openAll(peer, arguments)
        case "reopen": try reopen(peer, arguments, step.label)
        case "connect": try connect(peer, arguments)
        case "close": close(peer)
        case "goodbye":
            send(Goodbye(), from: peer, label: step.label)
        case "ready":
            try acquire(peer, arguments)
            try enable(peer, label: nil)
        case "acquire": try acquire(peer, arguments)
        case "enable": try enable(peer, label: step.label)
        case "resume": try resume(peer, label: step.label)
        case "reset": try reset(peer, label: step.label)
        case "stream": try stream(peer, arguments, step.label)
        case "repeat": try repeatMessage(peer, arguments, step.label)
        case "stop_repeat": repeats[peer] = nil
        case "stop_stream": streams.removeAll { $0.peer == peer }
        case "setpoint": try setpoints(peer, arguments, step.label)
        case "probe_limits": try probeLimits(peer, arguments, step.label)
        case "probe_numbers": try probeNumbers(peer, arguments, step.label)
        case "chunk": try chunk(peer, arguments, step.label)
        case "strip_chunk": try stripChunk(peer, arguments, step.label)
        case "send": try sendAny(peer, arguments, step.label)
        case "resend": try resend(peer, arguments, step.label)
        case "change_and_resend": try changeAndResend(peer, arguments, step.label)
        case "raw": try raw(peer, arguments, step.label)
        case "habits": try habits(peer, arguments)
        case "silence": clients[peer]!.isSilent = true
        case "speak": clients[peer]!.isSilent = false
        case "link": try impairLinks(arguments)
        case "guest": try hinderGuest(arguments)
        case "race": try race(arguments, step.label)
        case "fetch": try fetch(peer, step.label)
        case "datagrams": try openDatagrams(peer, step.label)
        case "resend_datagrams": try resendDatagrams(peer, arguments, step.label)
        case "mode": try mode(peer, arguments, step.label)
        case "inject": try inject(peer, arguments, step.label)
        case "wait": run(until: stage.nowNs + (try time(arguments["for"], default: 0)))
        case "wait_until": try waitUntil(arguments)
        default: throw StepFailure("unknown step '\(step.verb)'")
        }
    }

    // MARK: Sessions

    private func connect(
        _ name: String, role: Role, name clientName: String, showing certificate: TesterCertificate? = nil,
        isNarrow: Bool = false
    ) throws(StepFailure) {
        let link: Int
        do throws(StageError) { link = try stage.open(as: role, showing: certificate, isNarrow: isNarrow) } catch {
            throw StepFailure("\(error.message); \(error.hint)")
        }
        let session = ClientSession(
            role: role, name: clientName, nonce: random64(), firstCommandID: (random64() >> 24) << 8 | 1)
        // A name that is opened again keeps its counters: the same program, reconnecting.
        clients[name] = Client(name: name, link: link, session: session, resource: wholeBody)
        evidence.append(Evidence.Record(.opened, at: stage.nowNs, peer: name))
    }

    /// Links that say nothing yet; many of them are named `X`, `X#2`, `X#3` …
    private func connect(_ name: String, _ arguments: StepArgument) throws(StepFailure) {
        let count = Int(try quantity(arguments["count"])?.value ?? 1)
        let every = try time(arguments["every"], default: 10_000_000)
        for number in 1...max(count, 1) {
            try connect(number == 1 ? name : "\(name)#\(number)", role: .observer, name: "raw")
            if count > 1 { run(until: stage.nowNs + every) }
        }
    }

    /// One session, or several named `O`, `O#2`, `O#3` …
    private func openAll(_ name: String, _ arguments: StepArgument) throws(StepFailure) {
        let count = Int(try quantity(arguments["count"])?.value ?? 1)
        for number in 1...max(count, 1) { try open(number == 1 ? name : "\(name)#\(number)", arguments) }
    }

    /// Opens and ends sessions; each greeting is recorded under the step's name.
    private func reopen(_ name: String, _ arguments: StepArgument, _ label: String?) throws(StepFailure) {
        for _ in 0..<Int(try quantity(arguments["times"])?.value ?? 1) {
            try connect(name, role: .observer, name: "conform-\(name)")
            post(clients[name]!.session.hello(at: stage.nowNs), from: name, label: label)
            let isOpen = run(until: stage.nowNs + 1_000_000_000) { clients[name]!.session.phase != .greeting }
            guard isOpen, clients[name]!.session.phase == .open else {
                throw StepFailure("the robot did not open a session for \(name)")
            }
            close(name)
        }
    }

    private func certificate(_ arguments: StepArgument) throws(StepFailure) -> TesterCertificate? {
        guard let text = arguments["certificate"]?.text else { return nil }
        if let certificate = TesterCertificate(rawValue: text) { return certificate }
        throw StepFailure(
            "no certificate '\(text)'; known: \(TesterCertificate.allCases.map(\.rawValue).joined(separator: ", "))")
    }

    private func open(_ name: String, _ arguments: StepArgument) throws(StepFailure) {
        guard let role = Role.named.first(where: { "\($0.label)".lowercased() == arguments["role"]?.text }) else {
            throw StepFailure("unknown role '\(arguments["role"]?.text ?? "")'")
        }
        try connect(
            name, role: role, name: arguments["name"]?.text ?? "conform-\(name)", showing: certificate(arguments),
            isNarrow: arguments["narrow"]?.flag ?? false)
        let label = arguments["as"]?.text
        var hello = clients[name]!.session.greeting
        try override(&hello, arguments, peer: name)
        post(clients[name]!.session.hello(hello), from: name, label: label, message: hello)
        let isOpen = run(until: stage.nowNs + 2_000_000_000) { clients[name]!.session.phase != .greeting }
        guard isOpen, clients[name]!.session.phase == .open else {
            if label != nil { return }  // a check looks at it
            throw StepFailure("the robot did not open a session for \(name)")
        }
        guard role != .stopOnly else { return }
        var subscribe = Subscribe()
        subscribe.commandID = clients[name]!.session.commandID()
        subscribe.messageTypes = [UInt32(MessageType.wholeBodyState.rawValue)]
        send(subscribe, from: name, label: nil)
        try expectAck(subscribe.commandID, from: name, "subscription")
        guard arguments["sync"]?.flag ?? true else {
            clients[name]!.session.habits.comparesClocks = false
            return
        }
        let isSynchronised = run(until: stage.nowNs + 3_000_000_000) {
            clients[name]!.session.clock.exchangeCount >= 16 && clients[name]!.state != nil
        }
        guard isSynchronised else { throw StepFailure("\(name) could not compare clocks with the robot") }
        // On a link with jitter a session looks for a fast exchange by itself; on a slow one there is none.
        run(until: stage.nowNs + 3_000_000_000) {
            let clock = clients[name]!.session.clock
            return clock.uncertaintyNs <= SessionTiming.setpointClockBoundNs
                || clock.exchangeCount >= ClientSession.mostQuickExchanges
        }
        // The report names what was reached by now, not what the first exchanges gave.
        post(clients[name]!.session.syncReport(at: stage.nowNs), from: name, label: nil)
        run(until: stage.nowNs + 5_000_000)
        // Its answer belongs to the preparation: a test counts the answers to what it sends.
        run(until: stage.nowNs + 250_000_000) { clients[name]!.acks[clients[name]!.session.lastReportID] != nil }
    }

    private func close(_ name: String) {
        clients[name]!.isClosed = true
        streams.removeAll { $0.peer == name }
        stage.close(clients[name]!.link)
        evidence.append(Evidence.Record(.closedByTester, at: stage.nowNs, peer: name))
    }

    func expectAck(_ id: UInt64, from name: String, _ what: String) throws(StepFailure) {
        let came = run(until: stage.nowNs + 1_000_000_000) { clients[name]!.acks[id] != nil || clients[name]!.isClosed }
        guard came, let ack = clients[name]!.acks[id] else { throw StepFailure("no answer to the \(what)") }
        guard ack.outcome == .accepted else {
            throw StepFailure("the \(what) was refused with \(ack.reason.label)")
        }
    }

    private func habits(_ name: String, _ arguments: StepArgument) throws(StepFailure) {
        if let share = try quantity(arguments["drift"])?.value {
            clients[name]!.session.drift(by: share, from: stage.nowNs)
        }
        if arguments["reads"]?.flag == false {
            clients[name]!.isSilent = true
            stage.stopReading(clients[name]!.link)
        }
        if arguments["reads"]?.flag == nil, let share = try quantity(arguments["reads"])?.value {
            stage.read(clients[name]!.link, bytesPerSecond: max(1, Int(share * Double(bytesOfLastSecond(name)))))
        }
        if let flag = arguments["answers"]?.flag { clients[name]!.session.habits.answersChallenges = flag }
        if let flag = arguments["renews"]?.flag { clients[name]!.session.habits.renewsLeases = flag }
        if let flag = arguments["syncs"]?.flag { clients[name]!.session.habits.comparesClocks = flag }
    }

    /// What came for a client within the last second, frames with their heads.
    private func bytesOfLastSecond(_ name: String) -> Int {
        let since = stage.nowNs - 1_000_000_000
        // A message put together from pieces came with them.
        let frames = evidence.records.reversed().prefix { $0.timeNs > since }.filter {
            $0.kind == .received && $0.peer == name && $0.header != nil
        }
        return frames.reduce(0) { $0 + $1.bytes.count + FrameHeader.size }
    }

    // MARK: Authority and safety

    private func acquire(_ name: String, _ arguments: StepArgument) throws(StepFailure) {
        let resource = try quantity(arguments["resource"]).map { UInt32($0.value) } ?? wholeBody
        let request = authorityRequest(.acquire, resource: resource, of: name)
        clients[name]!.resource = request.resourceID
        send(request, from: name, label: arguments["as"]?.text)
        try expectAck(request.commandID, from: name, "acquisition")
        run(until: stage.nowNs + 500_000_000) { clients[name]!.session.leases[request.resourceID] != nil }
    }

    private func enable(_ name: String, label: String?) throws(StepFailure) {
        run(until: stage.nowNs + 1_000_000_000) { clients[name]!.status?.state != .initialising }
        if clients[name]!.status?.state == .off {
            var power = PowerRequest()
            power.commandID = clients[name]!.session.commandID()
            power.action = .on
            send(power, from: name, label: nil)
            try expectAck(power.commandID, from: name, "power request")
        }
        var request = EnableRequest()
        request.commandID = clients[name]!.session.commandID()
        request.enableID = random64()
        request.leaseEpoch = clients[name]!.session.leases[clients[name]!.resource]?.epoch ?? 0
        request.leaseSequence = clients[name]!.session.leases[clients[name]!.resource]?.sequence ?? 0
        send(request, from: name, label: label)
        if label != nil { return run(until: stage.nowNs + 20_000_000) }
        try expectAck(request.commandID, from: name, "enable request")
        clients[name]!.lastTargets = nil
        let isOn = run(until: stage.nowNs + 500_000_000) { clients[name]!.status?.state == .operational }
        guard isOn else { throw StepFailure("the robot did not become operational") }
        run(until: stage.nowNs + 20_000_000)
    }

    private func resume(_ name: String, label: String?) throws(StepFailure) {
        var request = ResumeRequest()
        request.commandID = clients[name]!.session.commandID()
        request.resumeID = random64()
        send(request, from: name, label: label)
        if label == nil { try expectAck(request.commandID, from: name, "resume request") }
        run(until: stage.nowNs + 20_000_000)
    }

    private func reset(_ name: String, label: String?) throws(StepFailure) {
        var request = ResetRequest()
        request.commandID = clients[name]!.session.commandID()
        clients[name]!.challenge = nil
        send(request, from: name, label: nil)
        try expectAck(request.commandID, from: name, "reset request")
        run(until: stage.nowNs + 200_000_000) { clients[name]!.challenge != nil }
        guard let nonce = clients[name]!.challenge?.nonce else { throw StepFailure("no reset challenge came") }
        evidence.identities["\(name).nonce"] = nonce
        var confirm = ResetConfirm()
        confirm.commandID = clients[name]!.session.commandID()
        confirm.nonce = nonce
        send(confirm, from: name, label: label)
        try expectAck(confirm.commandID, from: name, "reset confirmation")
        run(until: stage.nowNs + 20_000_000)
    }

    private func mode(_ name: String, _ arguments: StepArgument, _ label: String?) throws(StepFailure) {
        var request = ModeRequest()
        request.commandID = clients[name]!.session.commandID()
        do throws(ReflectionError) { try request.set("mode", to: .text(arguments["mode"]?.text ?? "")) } catch {
            throw StepFailure("unknown mode '\(arguments["mode"]?.text ?? "")'")
        }
        send(request, from: name, label: label)
        if label == nil { try expectAck(request.commandID, from: name, "mode request") }
        run(until: stage.nowNs + 20_000_000)
    }

    /// Setpoints of the peer, and the robot's streams to it, go as datagrams from here on.
    private func openDatagrams(_ name: String, _ label: String?) throws(StepFailure) {
        clients[name]!.session.authentication = Digest.authentication
        var request = DatagramRequest()
        request.commandID = clients[name]!.session.commandID()
        send(request, from: name, label: label)
        try expectAck(request.commandID, from: name, "request for datagrams")
        guard let grant = clients[name]!.newest[.datagramGrant]?.message as? DatagramGrant else {
            throw StepFailure("no DatagramGrant came")
        }
        do throws(StageError) { try stage.openDatagrams(clients[name]!.link, port: Int(grant.port)) } catch {
            throw StepFailure("\(error.message); \(error.hint)")
        }
    }

    /// Asks for each file of the descriptor, one piece after the other.
    private func fetch(_ name: String, _ label: String?) throws(StepFailure) {
        for reference in descriptor.bodyModels {
            var received: UInt64 = 0
            repeat {
                var request = ContentRequest()
                request.commandID = clients[name]!.session.commandID()
                (request.sha256, request.offset) = (reference.sha256, received)
                send(request, from: name, label: label)
                try expectAck(request.commandID, from: name, "request for \(reference.name)")
                guard let piece = clients[name]!.newest[.contentPiece]?.message as? ContentPiece,
                    piece.commandID == request.commandID, piece.offset == received, !piece.payload.isEmpty
                else { throw StepFailure("no piece of \(reference.name) came at byte \(received)") }
                received += UInt64(piece.payload.count)
            } while received < reference.size
        }
    }

    /// The place in the descriptor of a joint or a sensor that is named, or a number.
    private func place(_ argument: StepArgument?) throws(StepFailure) -> Double? {
        if let sensor = descriptor.sensors.firstIndex(where: { $0.id == argument?.text }) { return Double(sensor) }
        if descriptor.joints.contains(where: { $0.name == argument?.text }) {
            return try joint(argument).map(Double.init)
        }
        return try quantity(argument)?.value
    }

    private func inject(_ name: String, _ arguments: StepArgument, _ label: String?) throws(StepFailure) {
        var request = InjectRequest()
        request.commandID = clients[name]!.session.commandID()
        request.index = UInt32(try place(arguments["index"]) ?? 0)
        request.durationNs = try time(arguments["for"], default: 0)
        request.value = try quantity(arguments["value"]).map(\.value)
        do throws(ReflectionError) { try request.set("kind", to: .text(arguments["kind"]?.text ?? "")) } catch {
            throw StepFailure("unknown injection '\(arguments["kind"]?.text ?? "")'")
        }
        send(request, from: name, label: label)
        // A power cycle ends the link before it can be acknowledged.
        if request.kind != .powerCycle { try expectAck(request.commandID, from: name, "injection") }
        run(until: stage.nowNs + 20_000_000)
    }

    private func race(_ arguments: StepArgument, _ label: String?) throws(StepFailure) {
        let peers = (arguments["peers"]?.elements ?? []).compactMap(\.text)
        guard peers.count == 2, peers.allSatisfy({ clients[$0] != nil }) else {
            throw StepFailure("race needs two opened clients")
        }
        for round in 0..<Int(try quantity(arguments["times"])?.value ?? 1) {
            askAll(round % 2 == 0 ? peers : peers.reversed(), .acquire, label)
            askAll(peers, .release, nil)
        }
    }

    /// One right after the other, and goes on when all are answered: on an uneven link the slower of two would meet what came after.
    private func askAll(_ peers: [String], _ action: AuthorityAction, _ label: String?) {
        let requests = peers.map { ($0, authorityRequest(action, resource: wholeBody, of: $0)) }
        for (peer, request) in requests { send(request, from: peer, label: label) }
        run(until: stage.nowNs + 10_000_000)
        run(until: stage.nowNs + 240_000_000) { requests.allSatisfy { clients[$0]!.acks[$1.commandID] != nil } }
    }

    private func authorityRequest(_ action: AuthorityAction, resource: UInt32, of peer: String) -> AuthorityRequest {
        var request = AuthorityRequest()
        request.commandID = clients[peer]!.session.commandID()
        request.action = action
        request.resourceID = resource
        return request
    }

    /// From here on every link is one of the named profile.
    private func impairLinks(_ arguments: StepArgument) throws(StepFailure) {
        let name = arguments["profile"]?.text ?? ""
        guard let profile = LinkProfile.named(name) else {
            let names = LinkProfile.all.map(\.name).joined(separator: ", ")
            throw StepFailure("no link profile '\(name)'; known: \(names)")
        }
        impair(profile, arguments["frames"]?.flag == true ? .datagrams : .stream)
    }

    // MARK: Waiting

    private func waitUntil(_ arguments: StepArgument) throws(StepFailure) {
        let timeout = try time(arguments["timeout"], default: 2_000_000_000)
        guard let name = arguments["message"]?.text else { return }
        let started = evidence.records.count
        let wanted = arguments["where"]?.entries ?? []
        let came = run(until: stage.nowNs + timeout) {
            evidence.records[started...].contains { record in
                guard record.kind == .received, record.type.map({ "\($0.label)" }) == name,
                    arguments["peer"] == nil || arguments["peer"]?.text == record.peer
                else { return false }
                return wanted.allSatisfy { entry in
                    guard let value = record.message?.value(at: entry.key) else { return false }
                    if case .name(let label, _) = value {
                        return entry.value.elements.contains { $0.text == label }
                    }
                    return value.json == entry.value.text || value.json == "\"\(entry.value.text ?? "")\""
                }
            }
        }
        if !came {
            let conditions = wanted.map { "\($0.key) = \($0.value.text ?? "…")" }.joined(separator: ", ")
            throw StepFailure(
                "no \(name)\(conditions.isEmpty ? "" : " with \(conditions)") within \(Quantity(Double(timeout), .time).text)"
            )
        }
    }

    // MARK: Any message

    private func sendAny(_ name: String, _ arguments: StepArgument, _ label: String?) throws(StepFailure) {
        let kind = try messageKind(arguments)
        let count = Int(try quantity(arguments["count"])?.value ?? 1)
        let every = try time(arguments["every"], default: 10_000_000)
        for index in 0..<count {
            try send(type: kind, from: name, arguments, label)
            if index < count - 1 || arguments["every"] != nil { run(until: stage.nowNs + every) }
        }
        run(until: stage.nowNs + 5_000_000)
    }

    private func send<M: FrameMessage & Reflective>(
        type: M.Type, from name: String, _ arguments: StepArgument, _ label: String?
    ) throws(StepFailure) {
        var message = M()
        if M.field(named: "command_id") != nil {
            let id = FieldValue.unsigned(clients[name]!.session.commandID())
            do throws(ReflectionError) { try message.set("command_id", to: id) } catch { return }
        }
        fillLease(&message, of: name)
        try override(&message, arguments, peer: name)
        send(message, from: name, label: label, arguments: arguments)
    }

    /// Lease and epochs of commands that carry them, unless the step says otherwise.
    func fillLease<M: Reflective>(_ message: inout M, of name: String) {
        guard M.field(named: "lease_epoch") != nil else { return }
        let lease = clients[name]!.session.leases[clients[name]!.resource]
        let values: [(String, UInt64)] = [
            ("lease_epoch", lease?.epoch ?? 0), ("lease_sequence", lease?.sequence ?? 0),
            ("resource_id", UInt64(clients[name]!.resource)), ("descriptor_epoch", UInt64(descriptor.descriptorEpoch)),
        ]
        for (field, value) in values where M.field(named: field) != nil {
            do throws(ReflectionError) { try message.set(field, to: .unsigned(value)) } catch { continue }
        }
    }

    /// Sends a message beside the steps that follow.
    private func repeatMessage(_ name: String, _ arguments: StepArgument, _ label: String?) throws(StepFailure) {
        let every = try time(arguments["every"], default: 0)
        guard every >= 1_000_000 else { throw StepFailure("repeat needs 'every' of at least 1 ms") }
        let kind = try messageKind(arguments)
        let index = repeats[name]?.index ?? 1
        repeats[name] = PlannedRepeat(
            kind: kind, arguments: arguments, label: label, periodNs: every, dueNs: stage.nowNs, index: index)
        run(until: stage.nowNs)
        guard let length = try quantity(arguments["for"])?.value else { return }
        run(until: stage.nowNs + Int64(length))
        repeats[name] = nil
    }

    /// Sends what a peer repeats once more.
    func sendRepeat(of name: String) {
        guard let planned = repeats[name] else { return }
        repeats[name]!.dueNs += planned.periodNs
        evidence.constants["index"] = Quantity(Double(planned.index))
        repeats[name]!.index += 1
        guard let client = clients[name], !client.isClosed, !client.isSilent else { return }
        do throws(StepFailure) { try send(type: planned.kind, from: name, planned.arguments, planned.label) } catch {
            evidence.append(Evidence.Record(.stepFailed, at: stage.nowNs, peer: name, note: error.message))
        }
    }

    private func messageKind(_ arguments: StepArgument) throws(StepFailure) -> any (FrameMessage & Reflective).Type {
        guard let type = MessageType.allCases.first(where: { "\($0.label)" == arguments["message"]?.text }) else {
            throw StepFailure("no message '\(arguments["message"]?.text ?? "")' in the schema")
        }
        return MessageCatalogue.message(of: type)
    }

    // MARK: Again

    private func resend(_ name: String, _ arguments: StepArgument, _ label: String?) throws(StepFailure) {
        let step = arguments["step"]?.text ?? ""
        let recorded = evidence.records.filter { $0.kind == .sent && $0.label == step }
        guard !recorded.isEmpty else { throw StepFailure("step '\(step)' has sent nothing to send again") }
        let every = try time(arguments["every"], default: 10_000_000)
        let length = try time(arguments["for"], default: 0)
        let count =
            length > 0 ? Int(length / every) : Int(try quantity(arguments["count"])?.value ?? Double(recorded.count))
        if arguments["flip_bits"]?.flag == true { return flipBits(of: recorded[0], from: name, every, label) }
        let isFresh = arguments["fresh_frames"]?.flag ?? false
        for index in 0..<count {
            let record = recorded[index % recorded.count]
            var frame = record.bytes
            if isFresh, let header = record.header {
                let end = FrameHeader.size + Int(header.payloadLength)
                frame = clients[name]!.session.seal(
                    payload: Array(record.bytes[FrameHeader.size..<end]), type: header.messageType, at: stage.nowNs)
            }
            post(frame, from: name, label: label, message: record.message)
            run(until: stage.nowNs + every)
        }
    }

    /// Datagrams of a step once more, bit for bit or with one bit of each turned.
    private func resendDatagrams(_ name: String, _ arguments: StepArgument, _ label: String?) throws(StepFailure) {
        let step = arguments["step"]?.text ?? ""
        guard let sent = clients[name]!.sentDatagrams[step], !sent.isEmpty else {
            throw StepFailure("step '\(step)' has sent no datagrams")
        }
        let every = try time(arguments["every"], default: 10_000_000)
        for index in 0..<Int(try quantity(arguments["count"])?.value ?? 1) {
            var datagram = sent[sent.count - 1 - index % sent.count]
            if arguments["flip"]?.flag == true {
                let bit = Int(random64() % UInt64((datagram.count - 4) * 8)) + 32
                datagram[bit / 8] ^= 1 << UInt8(bit % 8)
            }
            stage.send(datagram: datagram, on: clients[name]!.link)
            if let label { evidence.marks[label] = evidence.marks[label] ?? stage.nowNs }
            run(until: stage.nowNs + every)
        }
    }

    /// The frame with each bit of payload and check sequence flipped in turn; the header stays, or a stream loses its way.
    private func flipBits(of record: Evidence.Record, from name: String, _ every: Int64, _ label: String?) {
        for bit in FrameHeader.size * 8..<record.bytes.count * 8 {
            var frame = record.bytes
            frame[bit / 8] ^= 1 << UInt8(bit % 8)
            post(frame, from: name, label: label, message: record.message)
            run(until: stage.nowNs + every)
        }
    }

    private func changeAndResend(_ name: String, _ arguments: StepArgument, _ label: String?) throws(StepFailure) {
        let step = arguments["step"]?.text ?? ""
        guard let record = evidence.records.last(where: { $0.kind == .sent && $0.label == step }),
            let message = record.message
        else { throw StepFailure("step '\(step)' has sent no message") }
        try sendChanged(message, from: name, arguments, label)
        run(until: stage.nowNs + 10_000_000)
    }

    private func sendChanged<M: FrameMessage & Reflective>(
        _ message: M, from name: String, _ arguments: StepArgument, _ label: String?
    ) throws(StepFailure) {
        var changed = message
        try override(&changed, arguments, peer: name)
        send(changed, from: name, label: label)
    }

    // MARK: Rubbish

    private func raw(_ name: String, _ arguments: StepArgument, _ label: String?) throws(StepFailure) {
        func post(_ bytes: [UInt8]) { self.post(bytes, from: name, label: label) }
        switch arguments["kind"]?.text {
        case "oversize":
            var header = FrameHeader(messageType: 1, payloadLength: 10 * 1024 * 1024)
            header.counter = 1
            post(Array(FrameSealer.frame(header, [], identity: .none).prefix(FrameHeader.size)))
        case "random": post((0..<512).map { _ in UInt8(truncatingIfNeeded: random64()) })
        case "zeros": post(Array(repeating: 0, count: 64))
        case "truncated":
            let frame = clients[name]!.session.hello(at: stage.nowNs)
            post(Array(frame.dropLast(7)))
            run(until: stage.nowNs + 20_000_000)
            close(name)
        case "dribble":
            for byte in clients[name]!.session.hello(at: stage.nowNs).prefix(40) {
                post([byte])
                run(until: stage.nowNs + 10_000_000)
            }
        default: throw StepFailure("unknown rubbish '\(arguments["kind"]?.text ?? "")'")
        }
        run(until: stage.nowNs + 20_000_000)
    }
}
