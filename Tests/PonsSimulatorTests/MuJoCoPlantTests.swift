import PonsMessages
import PonsRobot
import PonsSafety
import PonsSimulator
import Testing

/// The humanoid on its own feet, in physics: what a person in the laboratory would see.
@Suite struct MuJoCoPlantTests {
    /// A plant and the time it lives in.
    struct Laboratory {
        var plant: MuJoCoPlant
        var command = ActuatorCommand(jointCount: HumanoidJoint.all.count)
        var nowNs: Int64 = 0

        init(_ adjust: (inout HumanoidConfiguration) -> Void = { _ in }) throws {
            var configuration = HumanoidConfiguration(plant: .mujoco)
            adjust(&configuration)
            plant = try MuJoCoPlant(configuration)
            command.position = plant.measurement.position
            command.gripperOpening = [1, 1]
        }

        var measurement: Measurement { plant.measurement }

        /// Runs for `seconds`; `each` may change the command, `part` grows from 0 to 1.
        mutating func run(
            _ permission: MotionPermission, seconds: Double,
            each: (inout ActuatorCommand, _ part: Double) -> Void = { _, _ in }
        ) {
            command.permission = permission
            let steps = Int(seconds * 1000)
            for step in 1...steps {
                each(&command, Double(step) / Double(steps))
                nowNs += 1_000_000
                plant.step(to: nowNs, command)
            }
        }

        mutating func push(newton: Double, from side: UInt32, milliseconds: Int64) {
            var request = InjectRequest()
            request.kind = .contactForce
            request.index = side
            request.value = newton
            request.durationNs = milliseconds * 1_000_000
            let isTaken = plant.inject(request, at: nowNs)
            #expect(isTaken)
        }

        var height: Double { measurement.base?.position.z ?? 0 }
        var weight: Float { measurement.footForce.reduce(0, +) }
    }

    private func index(_ name: String) -> Int { HumanoidJoint.all.firstIndex { $0.name == name }! }

    @Test func `it stands on its brakes, and stays where it is when drives take over`() throws {
        var lab = try Laboratory()
        #expect(lab.measurement.stability == .static)
        #expect(abs(lab.weight - 52.9 * 9.81) < 12)
        let braked = lab.measurement.position
        lab.run(.off, seconds: 1)
        lab.run(.run, seconds: 3)
        for (joint, position) in lab.measurement.position.enumerated() {
            #expect(abs(position - braked[joint]) < 0.003, "\(HumanoidJoint.all[joint].name)")
        }
        #expect(lab.measurement.isStill)
        #expect(abs(lab.height - 0.8143) < 0.005)
    }

    @Test func `settling sits it down within the declared time, stable without torque, and it stands up again`() throws
    {
        var lab = try Laboratory()
        let standing = lab.measurement.position
        lab.run(.run, seconds: 0.5)
        lab.run(.settle, seconds: 1)
        #expect(lab.measurement.stability == .dynamic)
        lab.run(.settle, seconds: 4)
        #expect(lab.measurement.stability == .static)
        #expect(lab.measurement.isStill)
        #expect(lab.height < 0.5)
        lab.run(.off, seconds: 3)
        #expect(lab.measurement.stability == .static)
        let seated = lab.measurement.position
        lab.run(.run, seconds: 4) { command, part in
            command.position = zip(seated, standing).map { $0 + ($1 - $0) * Float(part) }
        }
        lab.run(.run, seconds: 1.5)
        #expect(abs(lab.height - 0.8143) < 0.01)
        #expect(zip(lab.measurement.position, standing).allSatisfy { abs($0 - $1) < 0.02 })
    }

    @Test(arguments: [1.0, -1.0]) func `it shifts its weight onto one foot and back`(side: Double) throws {
        var lab = try Laboratory()
        let lean = { [self] (command: inout ActuatorCommand, angle: Double) in
            for leg in ["left", "right"] {
                command.position[index("\(leg)_hip_roll")] = Float(-angle * side)
                command.position[index("\(leg)_ankle_roll")] = Float(angle * side)
            }
        }
        lab.run(.run, seconds: 1.5) { lean(&$0, 0.09 * $1) }
        lab.run(.run, seconds: 1)
        let feet = lab.measurement.footForce
        let (loaded, light) = side > 0 ? (feet[0], feet[1]) : (feet[1], feet[0])
        #expect(loaded > 2 * light, "left \(feet[0]) N, right \(feet[1]) N")
        #expect(lab.measurement.stability == .static)
        lab.run(.run, seconds: 1.5) { lean(&$0, 0.09 * (1 - $1)) }
        lab.run(.run, seconds: 1)
        #expect(abs(lab.measurement.footForce[0] - lab.measurement.footForce[1]) < 60)
    }

    @Test(arguments: [UInt32(0), 1, 2, 3]) func `balance takes up a push of 60 N from any side`(
        from: UInt32
    ) throws {
        var lab = try Laboratory()
        lab.run(.run, seconds: 0.3)
        lab.push(newton: 60, from: from, milliseconds: 200)
        lab.run(.run, seconds: 0.2)
        #expect(!lab.measurement.isStill)
        lab.run(.run, seconds: 3)
        #expect(lab.measurement.base?.stabilityMargin ?? 0 > 0.08)
        #expect(lab.measurement.stability == .static)
    }

    @Test func `a hard push makes it fall; that is seen before it lies, and the fall reaction tucks it`() throws {
        var lab = try Laboratory()
        lab.run(.run, seconds: 0.3)
        lab.push(newton: 250, from: 0, milliseconds: 250)
        var seenAtHeight: Double?
        for _ in 0..<3000 {
            lab.run(seenAtHeight == nil ? .run : .damp, seconds: 0.001)
            if seenAtHeight == nil && lab.measurement.stability == .falling { seenAtHeight = lab.height }
        }
        #expect(try #require(seenAtHeight) > 0.6)
        #expect(lab.measurement.stability == .down)
        #expect(lab.height < 0.3)
        #expect(lab.measurement.position[index("left_knee")] > 1)
    }

    @Test func `who lies or has tucked itself in is lifted onto its feet, and held there`() throws {
        var fallen = try Laboratory()
        fallen.run(.run, seconds: 0.3)
        fallen.push(newton: 250, from: 0, milliseconds: 250)
        fallen.run(.run, seconds: 1)
        fallen.run(.damp, seconds: 2)
        #expect(fallen.measurement.stability == .down)
        fallen.run(.recover, seconds: 3)
        #expect(fallen.measurement.stability == .static)
        #expect(fallen.height > 0.7)
        var tucked = try Laboratory()
        tucked.run(.run, seconds: 0.3)
        tucked.run(.damp, seconds: 3)
        #expect(tucked.height < 0.5)
        for _ in 0..<30 {
            tucked.run(.recover, seconds: 0.1)
            #expect(tucked.measurement.stability == .static)
        }
        #expect(tucked.height > 0.7)
    }

    @Test func `torque stays within every joint's limit, also against an obstacle`() throws {
        var lab = try Laboratory { $0.mounting = .gantry }
        let elbow = index("left_elbow")
        lab.run(.run, seconds: 1) { command, _ in command.position[elbow] = -6 }
        #expect(lab.measurement.position[elbow] > Float(HumanoidJoint.all[elbow].lower) - 0.05)
        for (joint, effort) in lab.measurement.effort.enumerated() {
            #expect(abs(effort) <= Float(HumanoidJoint.all[joint].effort) * 1.0001)
        }
        #expect(abs(lab.measurement.effort[elbow]) > 30)
    }

    @Test func `on the gantry no foot touches the floor and every joint moves freely`() throws {
        var lab = try Laboratory { $0.mounting = .gantry }
        let start = lab.command.position
        lab.run(.run, seconds: 2) { command, part in
            for joint in start.indices { command.position[joint] = start[joint] + 0.15 * Float(part) }
        }
        #expect(lab.measurement.footForce == [0, 0])
        lab.run(.run, seconds: 1)
        for (joint, position) in lab.measurement.position.enumerated() {
            #expect(abs(position - lab.command.position[joint]) < 0.02, "\(HumanoidJoint.all[joint].name)")
        }
        #expect(lab.measurement.stability == .static)
    }

    @Test func `a gripper takes the bottle that is held out, carries it, and lets it go`() throws {
        var lab = try Laboratory { $0.handOver = .right }
        lab.run(.run, seconds: 0.5)
        #expect(!lab.measurement.grippers[1].isHolding)
        lab.command.gripperOpening = [1, 0]
        lab.run(.run, seconds: 1)
        #expect(lab.measurement.grippers[1].isHolding)
        let width = lab.measurement.grippers[1].width
        #expect(width > 0.03 && width < 0.055, "the bottle is 52 mm wide, held round its slimmer side at \(width) m")
        let elbow = index("right_elbow")
        lab.run(.run, seconds: 2) { command, part in command.position[elbow] = -0.3 - Float(part) }
        lab.run(.run, seconds: 1)
        #expect(lab.measurement.grippers[1].isHolding)
        lab.command.gripperOpening = [1, 1]
        lab.run(.run, seconds: 1)
        #expect(!lab.measurement.grippers[1].isHolding)
        #expect(lab.measurement.grippers[1].opening > 0.98)
    }

    @Test func `the IMU measures gravity upwards at rest, with w last`() throws {
        var lab = try Laboratory()
        lab.run(.run, seconds: 0.5)
        let imu = lab.measurement.imu
        #expect(abs(imu[9] - 9.81) < 0.05 && abs(imu[7]) < 0.1 && abs(imu[8]) < 0.1)
        #expect(imu[3] > 0.999)
        lab.run(.settle, seconds: 5)
        let seated = lab.measurement.imu
        // Seated, the pelvis leans forward: a positive turn about y.
        #expect(seated[1] > 0.15 && abs(seated[0]) < 0.02)
        #expect(abs(seated[7]) > 3)
        let length = seated[7] * seated[7] + seated[8] * seated[8] + seated[9] * seated[9]
        #expect(abs(length.squareRoot() - 9.81) < 0.1)
    }

    @Test func `work warms the joints that do it and empties the battery`() throws {
        var resting = try Laboratory { $0.mounting = .gantry }
        resting.run(.off, seconds: 20)
        var working = try Laboratory { $0.mounting = .gantry }
        let shoulder = index("left_shoulder_pitch")
        let start = working.command.position[shoulder]
        for _ in 0..<20 {
            working.run(.run, seconds: 1) { command, part in
                command.position[shoulder] = start - 1.2 * Float(part < 0.5 ? 2 * part : 2 - 2 * part)
            }
        }
        #expect(working.measurement.temperature[shoulder] > resting.measurement.temperature[shoulder] + 0.05)
        #expect(
            working.measurement.temperature[shoulder] > working.measurement.temperature[index("right_elbow")] + 0.05)
        let (drained, kept) = (try #require(working.measurement.battery), try #require(resting.measurement.battery))
        #expect(drained.charge < kept.charge && drained.current > kept.current)
        #expect(drained.voltage < 58.2 && drained.voltage > 46)
    }

    @Test func `the same seed and commands give the same life, bit for bit`() throws {
        func life() throws -> Measurement {
            var lab = try Laboratory { $0.seed = 9 }
            lab.run(.run, seconds: 0.5)
            lab.push(newton: 70, from: 1, milliseconds: 150)
            lab.run(.run, seconds: 1)
            return lab.measurement
        }
        #expect(try life() == life())
    }
}
