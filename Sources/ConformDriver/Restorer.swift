import PonsMessages
import PonsSession

/// Brings a robot that goes on running between tests back to where every test starts: no latch, no stop source, powered
/// off, REMOTE_AUTO. Through the same requests an operator would use; a robot that can't be restored is lost.
public enum Restorer {
    /// - Throws: where the robot can't be reached, or is still not powered off, in REMOTE_AUTO and without a latch after 12 s.
    public static func restore(_ stage: any Stage) throws(StageError) {
        let link = try stage.open(as: .service, showing: nil)
        defer { stage.close(link) }
        var client = Operator(stage: stage, link: link)
        try client.open()
        // A settle takes up to 6 s (HUM-03), and what follows it a few requests.
        let deadline = stage.nowNs + 12_000_000_000
        while stage.nowNs < deadline {
            guard let status = client.status else { break }
            if let problem = client.problem {
                throw StageError("\(problem) between tests", hint: "is the robot's process still running?")
            }
            switch status.state {
            case .emergencyStop, .protectiveStop, .fault: client.reset()
            case .fall: client.recover()
            case .standby: client.power(off: true)
            case .off where status.mode != .remoteAuto: client.mode(.remoteAuto)
            // A control source that is changing would refuse the next enable.
            case .off where status.controlSource?.source == UInt32(ControlSource.switching.rawValue):
                client.wait(100_000_000)
            case .off: return
            default: client.wait(500_000_000)
            }
        }
        client.wait(300_000_000)
        guard client.status?.state == .off else {
            let state = client.status.map { "\($0.state.label)" } ?? "unknown"
            throw StageError(
                "the robot could not be brought back to OFF between tests (it is in \(state))",
                hint: "reset it by hand and run again; conform needs the OPERATOR role to do it")
        }
    }

    /// The few requests a restore needs, one at a time.
    private struct Operator {
        let stage: any Stage
        let link: Int
        var session = ClientSession(role: .service, name: "conform-restore", nonce: 0x0E57)
        var status: SafetyStatus?
        private var challenge: ResetChallenge?
        private(set) var problem: String?

        init(stage: any Stage, link: Int) {
            self.stage = stage
            self.link = link
        }

        mutating func open() throws(StageError) {
            stage.send(session.hello(at: stage.nowNs), on: link)
            wait(2_000_000_000) { $0.status != nil || $0.problem != nil }
            guard status != nil else {
                throw StageError(
                    problem ?? "the robot does not answer any more", hint: "is the robot's process still running?")
            }
        }

        mutating func reset() {
            challenge = nil
            var request = ResetRequest()
            request.commandID = session.commandID()
            send(request)
            wait(300_000_000) { $0.challenge != nil }
            guard let challenge else { return }
            var confirm = ResetConfirm()
            confirm.commandID = session.commandID()
            confirm.nonce = challenge.nonce
            send(confirm)
            wait(200_000_000)
        }

        mutating func recover() {
            for hold in [true, false] {
                var request = RecoveryRequest()
                request.commandID = session.commandID()
                request.holdToRun = hold
                request.surroundingsClear = true
                send(request)
                wait(200_000_000)
            }
        }

        mutating func power(off: Bool) {
            var request = PowerRequest()
            request.commandID = session.commandID()
            request.action = .off
            send(request)
            wait(150_000_000)
        }

        mutating func mode(_ mode: OperatingMode) {
            var request = ModeRequest()
            request.commandID = session.commandID()
            request.mode = mode
            send(request)
            wait(150_000_000)
        }

        private mutating func send<M: FrameMessage>(_ message: M) {
            stage.send(session.seal(message, at: stage.nowNs), on: link)
        }

        mutating func wait(_ durationNs: Int64, _ isDone: (Self) -> Bool = { _ in false }) {
            var copy = self
            stage.advance(to: stage.nowNs + durationNs) { delivery in
                guard delivery.link == link else { return false }
                switch delivery.content {
                case .closed: copy.problem = "the robot closed the link"
                case .bytes(let bytes): copy.take(bytes, delivery.timeNs)
                case .datagram, .stall, .sent, .overheard, .guestOpened: break
                }
                return isDone(copy) || copy.problem != nil
            }
            self = copy
        }

        private mutating func take(_ bytes: [UInt8], _ now: Int64) {
            let (events, replies) = session.receive(bytes, at: now)
            for reply in replies { stage.send(reply, on: link) }
            for event in events {
                switch event {
                case .received(.safetyStatus, let payload, _): status = (try? SafetyStatus(decoding: payload)) ?? status
                case .received(.resetChallenge, let payload, _): challenge = try? ResetChallenge(decoding: payload)
                case .refused(let refusal): problem = "the robot refused the session: \(refusal.reason.english)"
                default: break
                }
            }
        }
    }
}
