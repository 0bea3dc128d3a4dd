import PonsMessages
import PonsRobot
import PonsSession
import PonsSimulator
import Testing

/// Grippers, slow sensors and pictures, from the message to the body and back.
@Suite struct RobotTests {
    private func opening(_ bench: Bench, _ opening: Double, _ adjust: (inout GripperSetpoint) -> Void = { _ in })
        -> GripperSetpoint
    {
        let lease = bench.client.leases[1]
        var message = GripperSetpoint()
        message.sequence = UInt64(bench.nowNs)
        message.stampNs = bench.nowNs
        message.validUntilNs = bench.nowNs + 100_000_000
        message.leaseEpoch = lease?.epoch
        message.leaseSequence = lease?.sequence
        message.gripper = "right_gripper"
        message.opening = opening
        adjust(&message)
        return message
    }

    @Test(arguments: HumanoidConfiguration.PlantKind.allCases)
    func `a gripper follows its setpoints, width with opening`(
        plant: HumanoidConfiguration.PlantKind
    ) throws {
        var bench = try Bench(HumanoidConfiguration(plant: plant))
        bench.subscribe(to: .gripperState)
        bench.makeReady()
        for target in [0.5, 0.2, 1] {
            bench.received.removeAll()
            bench.send(opening(bench, target))
            bench.run(milliseconds: 900)
            let states = try bench.all(GripperState.self)
            #expect(Set(states.map(\.gripper)) == ["left_gripper", "right_gripper"])
            let last = try #require(states.last { $0.gripper == "right_gripper" })
            #expect(abs((last.opening ?? -1) - target) < 0.02)
            #expect(abs((last.width ?? -1) - 0.09 * (last.opening ?? 0)) < 1e-6)
            #expect(try bench.all(SetpointRejected.self).isEmpty)
        }
    }

    @Test(arguments: [
        ("beyond open", RejectReason.outOfRange), ("below closed", .outOfRange), ("expired", .expired),
        ("unknown", .unknownName), ("too strong", .outOfRange), ("old lease", .leaseOld), ("again", .duplicate),
    ]) func `a gripper setpoint that breaks a rule is refused by name and moves nothing`(
        kind: String, reason: RejectReason
    ) throws {
        var bench = try Bench(HumanoidConfiguration(plant: .exact))
        bench.subscribe(to: .gripperState)
        bench.makeReady()
        let good = opening(bench, 1)
        bench.send(good)
        bench.run(milliseconds: 10)
        #expect(try bench.all(SetpointRejected.self).isEmpty)
        var message = opening(bench, 0)
        switch kind {
        case "beyond open": message.opening = 1.01
        case "below closed": message.opening = -0.01
        case "expired": message.validUntilNs = bench.nowNs - 1
        case "unknown": message.gripper = "third_hand"
        case "too strong": message.force = 1000
        case "old lease": message.leaseSequence = 0
        default: message.sequence = good.sequence
        }
        bench.send(message)
        bench.run(milliseconds: 500)
        #expect(try bench.all(SetpointRejected.self).map(\.reason) == [reason])
        #expect(try bench.all(GripperState.self).allSatisfy { $0.opening ?? 0 > 0.99 })
    }

    @Test func `base, battery and joint health come to whoever subscribed, and to nobody else`() throws {
        var bench = try Bench(HumanoidConfiguration(plant: .mujoco))
        bench.run(milliseconds: 600)
        #expect(try bench.all(BaseState.self).isEmpty && bench.all(BatteryState.self).isEmpty)
        bench.subscribe(to: .baseState, .batteryState, .jointHealth)
        bench.run(milliseconds: 1100)
        let base = try #require(try bench.all(BaseState.self).last)
        #expect(abs((base.pose?.position?.z ?? 0) - 0.814) < 0.01)
        #expect(base.supportContacts == [0, 1] && base.stability == .static)
        #expect(try bench.all(BatteryState.self).allSatisfy { $0.charge ?? 0 > 0.99 && $0.voltage ?? 0 > 50 })
        let health = try #require(try bench.all(JointHealth.self).last)
        #expect(health.temperature.count == 30 && health.temperature.allSatisfy { $0 > 20 && $0 < 40 })
    }

    @Test func `pictures arrive in pieces, whole, fifteen a second, colour with depth`() throws {
        var bench = try Bench(HumanoidConfiguration(plant: .mujoco))
        bench.subscribe(to: .image)
        bench.run(milliseconds: 1000)
        var assembler = BulkAssembler(sizeLimit: 1 << 20)
        var images: [Image] = []
        for piece in try bench.all(BulkChunk.self) {
            #expect(piece.payload.count <= 65_536)
            guard let (type, payload) = try assembler.receive(piece) else { continue }
            #expect(type == .image)
            images.append(try Image(decoding: payload))
        }
        let colour = images.filter { $0.encoding == .rgb8 }
        let depth = images.filter { $0.encoding == .depth16 }
        #expect((13...16).contains(colour.count) && colour.count == depth.count)
        #expect(zip(colour, colour.dropFirst()).allSatisfy { $1.header?.sequence == ($0.header?.sequence ?? 0) + 1 })
        #expect(zip(colour, depth).allSatisfy { $0.header?.syncIndex == $1.header?.syncIndex })
        #expect(Set(colour[0].payload).count > 50, "a picture of something")
    }

    @Test func `a datagram link refuses pictures and keeps every frame within a datagram`() throws {
        var bench = try Bench(HumanoidConfiguration(plant: .mujoco), isDatagram: true)
        bench.received.removeAll()
        bench.subscribe(to: .image)
        #expect(try bench.all(Ack.self).first?.reason == .unsupported)
        bench.send(DescribeRequest())
        bench.subscribe(to: .wholeBodyState)
        bench.run(milliseconds: 50)
        let pieces = try bench.all(DescribeReply.self)
        #expect(pieces.count > 5)
        #expect(pieces.reduce(0) { $0 + $1.descriptorBytes.count } == Int(pieces[0].totalSize))
        #expect(try !bench.all(WholeBodyState.self).isEmpty)
        #expect(bench.received.allSatisfy { $0.payload.count + 48 <= 1200 })
    }

    @Test(arguments: 0...17 as ClosedRange<Int32>)
    func `an injection of any size breaks no arithmetic`(number: Int32) throws {
        for (value, duration) in [(1e300, Int64.max), (-1e300, 0), (0, .max)] {
            var bench = try Bench(HumanoidConfiguration(plant: .exact), role: .service)
            bench.run(milliseconds: 200)
            var mode = ModeRequest()
            mode.commandID = bench.client.commandID()
            mode.mode = .test
            bench.send(mode)
            bench.run(milliseconds: 20)
            var injection = InjectRequest()
            injection.commandID = bench.client.commandID()
            injection.kind = InjectionKind(rawValue: number)
            injection.value = value
            injection.durationNs = duration
            bench.send(injection)
            bench.run(milliseconds: 500)
            #expect(try bench.all(SafetyStatus.self).allSatisfy { $0.mode != .startup || $0.state == .initialising })
        }
    }

    @Test func `a door that was opened in TEST mode is closed when the mode is left`() throws {
        var bench = try Bench(HumanoidConfiguration(plant: .exact), role: .service)
        func request(_ mode: OperatingMode) {
            var request = ModeRequest()
            request.commandID = bench.client.commandID()
            request.mode = mode
            bench.send(request)
            bench.run(milliseconds: 100)
        }
        func isClosed() throws -> Bool {
            try #require(try bench.all(SafetyStatus.self).last).interlocks.allSatisfy(\.ok)
        }
        bench.run(milliseconds: 200)
        request(.test)
        #expect(try isClosed())
        var injection = InjectRequest()
        injection.commandID = bench.client.commandID()
        (injection.kind, injection.value) = (.interlock, 0)
        bench.send(injection)
        bench.run(milliseconds: 100)
        #expect(try !isClosed())
        request(.remoteAuto)
        #expect(try isClosed())
    }

    @Test(arguments: [InjectionKind.temperature, .stateOfCharge])
    func `what a body was given in TEST mode is taken back, as it was before the first time`(kind: InjectionKind) throws
    {
        var bench = try Bench(HumanoidConfiguration(plant: .exact), role: .service)
        func send(_ mode: OperatingMode) {
            var request = ModeRequest()
            (request.commandID, request.mode) = (bench.client.commandID(), mode)
            bench.send(request)
            bench.run(milliseconds: 100)
        }
        func inject(_ value: Double) {
            var injection = InjectRequest()
            (injection.commandID, injection.kind, injection.value) = (bench.client.commandID(), kind, value)
            bench.send(injection)
            bench.run(milliseconds: 100)
        }
        bench.run(milliseconds: 200)
        let before = bench.robot.adapter.measurement
        send(.test)
        inject(0.5)
        inject(0.4)
        let changed = bench.robot.adapter.measurement
        send(.remoteAuto)
        let after = bench.robot.adapter.measurement
        guard kind == .temperature else {
            let charges = [before, changed, after].map { $0.battery?.charge ?? -1 }
            #expect(charges[0] > 0.9 && abs(charges[1] - 0.4) < 0.01 && abs(charges[2] - charges[0]) < 0.01)
            return
        }
        let warmths = [before, changed, after].map { $0.temperature[0] }
        #expect(warmths[0] > 20 && abs(warmths[1] - 0.4) < 0.1 && abs(warmths[2] - warmths[0]) < 0.1)
    }

    @Test func `no more is injected than can be taken back`() throws {
        var bench = try Bench(HumanoidConfiguration(plant: .exact), role: .service)
        bench.run(milliseconds: 200)
        var mode = ModeRequest()
        (mode.commandID, mode.mode) = (bench.client.commandID(), .test)
        bench.send(mode)
        bench.run(milliseconds: 100)
        for index in 0..<66 {
            var injection = InjectRequest()
            (injection.commandID, injection.kind) = (bench.client.commandID(), index < 65 ? .utcStep : .robotClockStep)
            injection.index = UInt32(index)
            bench.send(injection)
            bench.run(milliseconds: 2)
        }
        let answers = Array(try bench.all(Ack.self).suffix(66))
        #expect(answers[..<64].allSatisfy { $0.outcome == .accepted })
        #expect(answers[64].reason == .limitExceeded)
        // An event leaves nothing that would have to be taken back.
        #expect(answers[65].outcome == .accepted)
    }

    @Test func `an episode is recorded while it lasts, and ends with the session that began it`() throws {
        var bench = try Bench(HumanoidConfiguration(plant: .exact))
        bench.robot.canRecord = true
        var control = RecordingControl()
        control.commandID = bench.client.commandID()
        control.record = true
        control.episodeID = "one"
        bench.send(control)
        bench.run(milliseconds: 100)
        bench.loseClient()
        bench.run(milliseconds: 10)
        guard case .begin(let begun, _, _) = bench.recorded.first, case .end(let outcome) = bench.recorded.last else {
            Issue.record("neither begun nor ended: \(bench.recorded.count) actions")
            return
        }
        #expect(begun.episodeID == "one" && outcome == "PEER_LOST")
        let states = bench.recorded.count { action in
            guard case .message(let recorded) = action else { return false }
            return recorded.message == "WholeBodyState"
        }
        #expect(states == 50)
    }

    @Test func `a robot without a place for recordings refuses them`() throws {
        var bench = try Bench(HumanoidConfiguration(plant: .exact))
        var control = RecordingControl()
        control.commandID = bench.client.commandID()
        control.record = true
        bench.send(control)
        bench.run(milliseconds: 20)
        #expect(try bench.all(Ack.self).last?.reason == .unsupported)
        #expect(bench.recorded.isEmpty)
    }

    @Test func `a long audit log is read whole, and the reader keeps its session`() throws {
        var bench = try Bench(HumanoidConfiguration(plant: .exact), role: .operator)
        for _ in 0..<1_500 {
            var stop = StopRequest()
            stop.commandID = bench.client.commandID()
            stop.kind = .protective
            bench.send(stop)
            bench.run(milliseconds: 1)
        }
        bench.received.removeAll()
        var request = AuditRequest()
        request.commandID = bench.client.commandID()
        bench.send(request)
        bench.run(milliseconds: 100)
        let entries = try bench.all(AuditEntry.self)
        #expect(entries.count > 1_500)
        #expect(zip(entries, entries.dropFirst()).allSatisfy { $1.sequence == $0.sequence + 1 })
        request.commandID = bench.client.commandID()
        request.fromSequence = 1_400
        bench.received.removeAll()
        bench.send(request)
        bench.run(milliseconds: 20)
        #expect(try bench.all(AuditEntry.self).first?.sequence == 1_400)
    }
}
