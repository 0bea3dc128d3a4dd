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
        if tickCount % 100 == 0 { publish(now) { robot, _ in robot.loop.message(at: now) } }
        publishImages(now)
    }

    /// Links whose session subscribed to a type, in order.
    func listeners(_ type: MessageType) -> [LinkID] {
        peers.keys.filter { peers[$0]?.phase == .open && peers[$0]!.subscriptions.contains(type.rawValue) }.sorted()
    }

    private mutating func publish<M: FrameMessage>(key: Int = 0, _ now: Int64, _ make: (Self, Measurement) -> M?) {
        let links = listeners(M.type)
        guard !links.isEmpty, let message = make(self, adapter.measurement) else { return }
        for link in links { peers[link]!.send(message, key: key, at: now) }
    }

    private func baseState(_ measurement: Measurement) -> BaseState? {
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
        state.stability = supervisor.stability
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

    private func batteryState(_ measurement: Measurement) -> BatteryState {
        var state = BatteryState()
        state.captureNs = measurement.captureNs
        state.charge = measurement.battery.charge
        state.voltage = measurement.battery.voltage
        state.current = measurement.battery.current
        return state
    }

    private func jointHealth(_ measurement: Measurement) -> JointHealth {
        var health = JointHealth()
        health.captureNs = measurement.captureNs
        health.temperature = measurement.temperature
        return health
    }

    /// Pictures go in pieces, and only over links that can carry them.
    private mutating func publishImages(_ now: Int64) {
        let links = listeners(.image)
        guard !links.isEmpty else { return }
        for image in adapter.takeImages(at: now) {
            bulkCount += 1
            let key = descriptor.sensors.firstIndex { $0.id == image.header?.sensorID } ?? 0
            let pieces = BulkTransfer.pieces(of: image.encoded(), type: .image, id: bulkCount).map { $0.encoded() }
            for link in links { peers[link]!.send(bulk: pieces, key: key) }
        }
    }
}
