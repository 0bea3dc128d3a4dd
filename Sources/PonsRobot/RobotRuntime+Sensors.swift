import PonsMessages
import PonsSafety
import PonsSession

// What the body measures besides its joints: to those who subscribed, each at its own rate.
extension RobotRuntime {
    mutating func publishSensors(_ now: Int64) {
        if tickCount % 20 == 0 {
            publish(now) { $0.baseState($1) }
            for index in descriptor.grippers.indices { publish(key: index, now) { $0.gripperState(index, $1) } }
        }
        if tickCount % 500 == 0 {
            publish(now) { $0.batteryState($1) }
            publish(now) { $0.jointHealth($1) }
        }
        if tickCount % inertiaCycles == 0 { publishInertia(now) }
        if tickCount % forceCycles == 0 { publishForces(now) }
        if tickCount % 100 == 0 { publish(now) { robot, _ in robot.loop.message(at: now) } }
        publishPictures(now)
    }

    /// Links whose session subscribed to a type, in order.
    func listeners(_ type: MessageType) -> [LinkID] {
        peers.links.filter { peers[$0]!.phase == .open && peers[$0]!.subscriptions.contains(type.rawValue) }
    }

    private mutating func publish<M: FrameMessage>(key: Int = 0, _ now: Int64, _ make: (inout Self, Measurement) -> M?)
    {
        let links = listeners(M.type)
        guard !links.isEmpty, let message = make(&self, adapter.measurement) else { return }
        for link in links { peers[link]!.send(message, key: key, at: now) }
    }

    // MARK: Inertia and forces

    private mutating func publishInertia(_ now: Int64) {
        guard !listeners(.imuSample).isEmpty, let sensor = descriptor.sensors.first(where: { $0.kind == .imu }) else {
            return
        }
        let imu = adapter.measurement.imu.map(Double.init)
        guard imu.count == 10 else { return }
        var sample = ImuSample()
        sample.header = header(of: sensor, sequence: tickCount / inertiaCycles, now)
        let isSwapped = faults.breaks(.per09)
        sample.orientation =
            isSwapped ? Quaternion(imu[3], imu[0], imu[1], imu[2]) : Quaternion(imu[0], imu[1], imu[2], imu[3])
        sample.angularVelocity = Vector3(imu[4], imu[5], imu[6])
        sample.specificForce = Vector3(imu[7], imu[8], imu[9])
        publish(now) { _, _ in sample }
    }

    /// What each sole carries. Saturated where the cell can't measure more.
    private mutating func publishForces(_ now: Int64) {
        guard !listeners(.forceTorqueSample).isEmpty else { return }
        let sensors = descriptor.sensors.filter { $0.kind == .forceTorque }
        for (index, sensor) in sensors.enumerated() where index < adapter.measurement.footForce.count {
            let force = Double(adapter.measurement.footForce[index])
            // Counts of a 24-bit converter, which nobody has turned into newtons.
            let scale = faults.breaks(.per13) ? 4096.0 : 1
            var sample = ForceTorqueSample()
            sample.header = header(of: sensor, sequence: tickCount / forceCycles, now)
            var wrench = Wrench()
            wrench.force = Vector3(0, 0, force * scale)
            wrench.torque = Vector3(0, 0, 0)
            sample.wrench = wrench
            sample.tared = true
            sample.saturated = abs(force) >= Self.soleLimit
            publish(key: index, now) { _, _ in sample }
        }
    }

    /// Most a sole's cell can measure; N.
    private static var soleLimit: Double { 2000 }

    private func header(of sensor: SensorDescription, sequence: UInt64, _ now: Int64) -> CaptureHeader {
        var header = CaptureHeader()
        header.sensorID = sensor.id
        header.sequence = sequence
        header.captureMidpointNs = adapter.measurement.captureNs
        header.exposureNs = 0
        header.publishNs = now
        header.stampSource = .sensor
        header.uncertaintyNs = 1000
        header.valid = true
        header.fault = .none
        header.frame = sensor.frame
        return header
    }

    // MARK: Body

    private mutating func baseState(_ measurement: Measurement) -> BaseState? {
        guard let base = measurement.base else { return nil }
        var state = BaseState()
        state.captureNs = measurement.captureNs
        state.frame = descriptor.frames.first?.name ?? ""
        var pose = Pose()
        pose.position = base.position
        pose.orientation = base.orientation
        state.pose = pose
        var twist = Twist()
        twist.linear = base.linearVelocity
        twist.angular = base.angularVelocity
        state.twist = twist
        state.stability = supervisor.stability != .static && faults.breaks(.hum01) ? .static : supervisor.stability
        state.stabilityMargin = base.stabilityMargin
        state.supportContacts = measurement.footForce.indices.filter { measurement.footForce[$0] > 20 }.map(UInt32.init)
        return state
    }

    private func gripperState(_ index: Int, _ measurement: Measurement) -> GripperState? {
        guard index < measurement.grippers.count else { return nil }
        let gripper = measurement.grippers[index]
        var state = GripperState()
        state.captureNs = measurement.captureNs
        state.gripper = descriptor.grippers[index].name
        state.opening = gripper.opening
        state.width = gripper.width
        state.force = gripper.force
        state.holding = gripper.isHolding
        return state
    }

    private func batteryState(_ measurement: Measurement) -> BatteryState? {
        guard let battery = measurement.battery else { return nil }
        var state = BatteryState()
        state.captureNs = measurement.captureNs
        state.charge = battery.charge
        state.voltage = battery.voltage
        state.current = battery.current
        return state
    }

    private func jointHealth(_ measurement: Measurement) -> JointHealth {
        var health = JointHealth()
        health.captureNs = measurement.captureNs
        health.temperature = measurement.temperature
        return health
    }
}

extension Vector3 {
    init(_ x: Double, _ y: Double, _ z: Double) {
        self.init()
        (self.x, self.y, self.z) = (x, y, z)
    }
}

extension Quaternion {
    init(_ x: Double, _ y: Double, _ z: Double, _ w: Double) {
        self.init()
        (self.x, self.y, self.z, self.w) = (x, y, z, w)
    }
}
