import Foundation
import PonsMessages
import PonsSpinal
import PonsViews
import PonsWire

/// Answers vectors with a codec that may be broken, and compares its heap-free forms with its owned ones. Reads lines of
/// a message's name and its bytes in hexadecimal digits; prints a line each: `yes BYTES` or `no REASON FIELD`.
@main
enum Checker {
    private static let types: [any WireMessage.Type] = [
        ActionChunk.self, BaseSetpoint.self, BaseState.self, CartesianSetpoint.self, ContentReference.self,
        Covariance.self, GripperSetpoint.self, GripperState.self, JointHealth.self, JointSetpoint.self, Parameter.self,
        PlanNode.self, Pose.self, Quaternion.self, TaskControl.self, TaskEvent.self, TaskRequest.self, TimePing.self,
        TimePong.self, TimeSyncReport.self, Twist.self, Vector3.self, VendorExtension.self, WholeBodyState.self,
    ]

    nonisolated(unsafe) private static var last: [String: any WireMessage] = [:]

    static func main() {
        while let line = readLine() {
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            guard let type = types.first(where: { "\($0.name)" == words[0] }) else {
                say("?")
                continue
            }
            let bytes = Hex.bytes(String(words[1]))!
            look(words[0], bytes)
            say(answer(type, bytes))
        }
        spinal()
        texts()
    }

    /// Texts too long to be stored in place, of one length and not the same.
    private static func texts() {
        let nodes = ["a text of twenty-one", "a text of twenty-two"].map { text in
            var node = PlanNode()
            (node.id, node.comment) = ("n", text)
            return node
        }
        for node in nodes + nodes.reversed() {
            require(again(node, node.encoded()), "an older text stays", node.encoded())
        }
    }

    private static func answer<M: WireMessage>(_ type: M.Type, _ bytes: [UInt8]) -> String {
        do throws(WireError) {
            let message = try M(decoding: bytes)
            let canonical = message.encoded()
            require(canonical.count == message.encodedSize, "encodedSize", bytes)
            require(again(message, bytes), "a value decoded into again keeps something", bytes)
            return "yes \(Hex.text(canonical))"
        } catch { return "no \(error.rejectReason.label) \(M.describe(error.path))" }
    }

    /// Whether a value that held the last message of its type holds this one now, and nothing else.
    private static func again<M: WireMessage>(_ message: M, _ bytes: [UInt8]) -> Bool {
        let key = "\(M.name)"
        var used = last[key] as? M ?? M()
        last[key] = message
        _ = try? used.decode(replacing: bytes.span.bytes)
        return used.encoded() == message.encoded()
    }

    /// A view beside the owned message, for those with everything a view can show.
    private static func look(_ name: Substring, _ bytes: [UInt8]) {
        let matching: Matching
        switch name {
        case "PlanNode": matching = .of(bytes, PlanNodeView.self, PlanNode.self)
        case "Parameter": matching = .of(bytes, ParameterView.self, Parameter.self)
        case "Pose": matching = .of(bytes, PoseView.self, Pose.self)
        case "TaskRequest": matching = .of(bytes, TaskRequestView.self, TaskRequest.self)
        case "JointSetpoint": matching = .of(bytes, JointSetpointView.self, JointSetpoint.self)
        default: return
        }
        if case .different(let what) = matching { require(false, "view of \(name): \(what)", bytes) }
    }

    /// Every prefix of full messages, and every byte of them changed.
    private static func spinal() {
        let messages = [
            (0, full(JointSetpoint())), (1, full(WholeBodyState())), (2, full(JointHealth())),
            (0, full(JointSetpoint()) + extended),
        ]
        for (kind, message) in messages {
            SpinalTarget.run([UInt8(kind)] + message)
            for end in message.indices { SpinalTarget.run([UInt8(kind)] + message[..<end]) }
            for place in message.indices {
                for change in [0x01, 0x40, 0x80, 0xFF] as [UInt8] {
                    var damaged = message
                    damaged[place] ^= change
                    SpinalTarget.run([UInt8(kind)] + damaged)
                    let learned = [UInt8(kind), UInt8(place & 0xFF), UInt8(place >> 8), change]
                    LearnedTarget.run(learned + message)
                }
            }
        }
    }

    private static let values: [Float] = [1.5, -0.0, 3e38]

    /// A message inside the message.
    private static var extended: [UInt8] {
        var setpoint = JointSetpoint()
        setpoint.extension = VendorExtension()
        setpoint.extension?.name = "acme"
        return setpoint.encoded()
    }

    private static func full(_ empty: JointSetpoint) -> [UInt8] {
        var message = empty
        (message.sequence, message.stampNs, message.validUntilNs) = (1, -2, 3)
        (message.leaseEpoch, message.leaseSequence, message.resourceID, message.descriptorEpoch) = (4, 5, 6, 7)
        message.mode = .position
        message.position = values
        message.velocity = values.reversed()
        message.effort = values.map { $0 + 1 }
        message.stiffness = values
        message.damping = values
        return message.encoded()
    }

    private static func full(_ empty: WholeBodyState) -> [UInt8] {
        var message = empty
        (message.sequence, message.captureNs, message.descriptorEpoch, message.authorityEpoch) = (1, -2, 3, 4)
        (message.safetyState, message.operatingMode) = (.operational, .remoteAuto)
        (message.appliedSequence, message.appliedNs) = (5, 6)
        (message.position, message.velocity, message.effort) = (values, values.reversed(), values)
        (message.commanded, message.applied) = (values, values.map { $0 / 2 })
        (message.limitedMask, message.brakeMask, message.faultMask) = ([1], [2], [4])
        message.imu = (0..<10).map(Float.init)
        message.footForce = [10, 20]
        (message.receivedSequence, message.acceptedSequence, message.receivedNs) = (7, 8, 9)
        (message.rejectedSetpoints, message.lostSetpoints, message.queueDepth) = (10, 11, 12)
        (message.clockUncertaintyNs, message.syncSource) = (13, 1)
        (message.descriptorHashPrefix, message.testActive) = (14, true)
        return message.encoded()
    }

    private static func full(_ empty: JointHealth) -> [UInt8] {
        var message = empty
        message.captureNs = 5
        message.temperature = values
        message.current = values
        message.velocityLimit = values
        message.errorCodes = [1, 0, 0xFFFF_FFFF]
        return message.encoded()
    }
}

/// A property of ``SpinalTarget`` that must hold for every input.
func require(_ condition: Bool, _ what: @autoclosure () -> String, _ input: [UInt8]) {
    if condition { return }
    say("FINDING \(what()) \(Hex.text(input))")
    exit(1)
}

/// A line that is out before the codec traps.
private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
