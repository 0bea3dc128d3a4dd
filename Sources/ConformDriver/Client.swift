import PonsMessages
import PonsSession

/// One client the runner plays: its link, its session, and what it has last seen and sent.
/// A reference: looked up for every frame, it is never copied.
final class Client {
    let name: String
    var link: Int
    var session: ClientSession
    var isSilent = false
    var isClosed = false
    /// Newest state and status of the robot, as this client saw them.
    var state: WholeBodyState?
    var status: SafetyStatus?
    /// Newest message of each type, and when it came.
    var newest: [MessageType: (message: any FrameMessage, timeNs: Int64)] = [:]
    var lastTargets: [Float]?
    var nextSequence: UInt64 = 1
    var nextChunkID: UInt64 = 1
    /// The part of the body it holds or wants to hold.
    var resource: UInt32
    /// Records of frames whose kernel stamp has not come back yet, by mark.
    var sentMarks: [UInt32: Int] = [:]
    /// What went on the datagram path, by the step's name: a recorded datagram can be sent again.
    var sentDatagrams: [String: [[UInt8]]] = [:]
    var acks: [UInt64: Ack] = [:]
    var challenge: ResetChallenge?
    /// The largest perception message of the standard: 16 MiB (part PER).
    var assembler = BulkAssembler(sizeLimit: 16 << 20)

    init(name: String, link: Int, session: ClientSession, resource: UInt32) {
        self.resource = resource
        self.name = name
        self.link = link
        self.session = session
    }
}

/// A stream that is being sent, open loop: the next frame is due whether or not anything came back.
struct PlannedStream {
    let peer: String
    let label: String?
    let step: Int
    let periodNs: Int64
    let untilNs: Int64?
    let startNs: Int64
    var dueNs: Int64
    let base: [Float]
    let joint: Int?
    let amplitude: Double
    let frequency: Double
    let rampNs: Double?
    let validForNs: Int64
    /// Joint targets of a move of the whole body, reached at the end of the ramp.
    var posture: [Float]?
    /// Share of frames that are lost on the way.
    var loss = 0.0
    var mostLostInRow = 0
    var lostInRow = 0
}
