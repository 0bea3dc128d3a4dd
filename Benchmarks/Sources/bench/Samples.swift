import PonsMessages

/// The messages that are measured: rings of eight, every field that a real one has.
enum Samples {
    static let ring = 8

    static func state(_ seed: Int, joints: Int = 30) -> WholeBodyState {
        var state = WholeBodyState()
        (state.sequence, state.captureNs) = (UInt64(seed + 1000), 1_700_000_000_000 + Int64(seed))
        (state.safetyState, state.operatingMode) = (.operational, .remoteAuto)
        (state.descriptorEpoch, state.authorityEpoch) = (1, 7)
        (state.appliedSequence, state.appliedNs) = (UInt64(seed + 998), 1_699_999_998_000)
        let values = (0..<joints).map { Float($0) * 0.01 + Float(seed) }
        (state.position, state.velocity, state.effort) = (values, values.map { -$0 }, values.map { $0 * 3 })
        (state.commanded, state.applied) = (values, values)
        let words = [UInt64](repeating: 0, count: (joints + 63) / 64)
        (state.limitedMask, state.brakeMask, state.faultMask) = (words, words, words)
        state.imu = [0, 0, 0, 1, 0.01, 0.02, 0.03, 0, 0, 9.81]
        state.footForce = [210, 190, 205, 195]
        (state.receivedSequence, state.acceptedSequence, state.receivedNs) = (1000, 1000, 1_699_999_999_000)
        (state.rejectedSetpoints, state.lostSetpoints, state.queueDepth) = (0, 1, 2)
        (state.clockUncertaintyNs, state.syncSource) = (15_000, 2)
        (state.descriptorHashPrefix, state.testActive) = (0x1234_5678_9ABC_DEF0, false)
        return state
    }

    static func setpoint(_ seed: Int) -> JointSetpoint {
        var setpoint = JointSetpoint()
        (setpoint.sequence, setpoint.stampNs) = (UInt64(seed + 1000), 1_700_000_000_000)
        setpoint.validUntilNs = 1_700_000_020_000
        (setpoint.leaseEpoch, setpoint.leaseSequence) = (3, 4)
        (setpoint.resourceID, setpoint.descriptorEpoch, setpoint.mode) = (1, 1, .impedance)
        let values = (0..<30).map { Float($0) * 0.01 + Float(seed) }
        (setpoint.position, setpoint.velocity, setpoint.effort) = (values, values, values)
        (setpoint.stiffness, setpoint.damping) = (values, values)
        return setpoint
    }

    static func depth(_ seed: Int) -> Image {
        var image = Image()
        var header = CaptureHeader()
        (header.sensorID, header.frame) = ("head_depth", "head_camera")
        (header.sequence, header.captureMidpointNs) = (UInt64(seed + 1), 1_700_000_000_000)
        (header.publishNs, header.stampSource, header.valid) = (1_700_000_010_000, .sensor, true)
        image.header = header
        (image.encoding, image.width, image.height, image.stride) = (.depth16, 640, 480, 1280)
        image.payload = (0..<640 * 480 * 2).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ seed) }
        return image
    }

    /// Forty nodes with five parameters each.
    static func plan(_ seed: Int) -> TaskRequest {
        var count = 0
        func make(_ depth: Int) -> PlanNode {
            count += 1
            var node = PlanNode()
            node.id = "node_\(seed)_\(count)"
            node.kind = depth == 3 ? .skill : .sequence
            node.skill = depth == 3 ? "manipulation.pick_and_place" : ""
            node.timeoutNs = 30_000_000_000
            node.comment = "step \(count) of the plan"
            node.parameters = (0..<5).map { index in
                var parameter = Parameter()
                parameter.name = "parameter_\(index)"
                parameter.value = index % 2 == 0 ? .number(Double(index) * 0.5) : .text("shelf_\(count)_row_\(index)")
                parameter.frame = "map"
                return parameter
            }
            // 1 + 3 + 9 + 27 nodes.
            if depth < 3 { node.children = (0..<3).map { _ in make(depth + 1) } }
            return node
        }
        var request = TaskRequest()
        (request.commandID, request.taskID) = (UInt64(seed + 1), "task_\(seed)")
        (request.leaseEpoch, request.leaseSequence, request.resourceID) = (1, 2, 1)
        (request.validUntilNs, request.descriptorEpoch) = (1_700_000_500_000, 1)
        request.root = make(0)
        return request
    }
}
