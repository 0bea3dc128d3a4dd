import PonsMessages
import PonsSafety
import PonsSession
import PonsWire

// Speed and separation: what the robot may do at the distance that external sources report (SAF-21 to SAF-23, PER-16).
extension RobotRuntime {
    /// How far from a joint anything of this body can be: turns joint speed into the speed of a point; m.
    private static var reach: Double { 1 }

    mutating func humanReport(_ report: HumanReport, _ link: LinkID, _ header: FrameHeader, _ now: Int64) {
        guard requester(link).isOperator else { return refuse(link, .permissionDenied, header, now) }
        if let rejection = separation.take(report, of: peers[link]!.sessionID, at: now) {
            refuse(link, rejection, header, now)
        }
    }

    mutating func watchSeparation(_ now: Int64) {
        guard separation.isActive else { return }
        if !isUnderway { separation.forget { session in !peers.links.contains { peers[$0]!.sessionID == session } } }
        watchSources(now)
        watchDistance(now)
    }

    /// While the robot moves, a source that leaves is a source that is lost.
    private var isUnderway: Bool {
        supervisor.permitsMotion || supervisor.state == .stopping || supervisor.state == .settling
    }

    private mutating func watchSources(_ now: Int64) {
        var isLost = !separation.isReliable(at: now)
        if isLost && separation.hasUnhealthySource() && faults.breaks(.per16) { isLost = false }
        if isLost && !separation.hasUnhealthySource() && faults.breaks(.saf22) { isLost = false }
        guard isLost != separation.isLost else { return }
        separation.isLost = isLost
        apply(isLost ? .detected(.perceptionLost) : .cleared(.perceptionLost), now)
    }

    private mutating func watchDistance(_ now: Int64) {
        guard let nearest = separation.nearest, let distance = protectiveDistance(moving: true),
            let farthest = protectiveDistance(at: fullSpeed), !faults.breaks(.saf21)
        else { return leaveDistance(now) }
        let hysteresis = descriptor.safety?.separation?.hysteresis ?? 0.1
        let isWithin = nearest.distance < distance + (separation.isTooClose ? hysteresis : 0)
        let isTooClose = isActedOn(isWithin, .tooClose, now)
        let isNear = nearest.distance < farthest + (separation.isNear ? hysteresis : 0)
        if isTooClose != separation.isTooClose {
            separation.isTooClose = isTooClose
            apply(isTooClose ? .detected(.humanTooClose) : .cleared(.humanTooClose), now)
        }
        separation.isNear = isNear
        shapeEnvelope(now)
    }

    private mutating func leaveDistance(_ now: Int64) {
        if separation.isTooClose { apply(.cleared(.humanTooClose), now) }
        separation.isTooClose = false
        separation.isNear = false
        shapeEnvelope(now)
    }

    /// The distance in force: S_p = v_h (T_r + T_s) + v_r T_r + S_s + C + Z_d + Z_r with the declared terms, m; `nil`
    /// where no source reports.
    mutating func protectiveDistance(moving isMoving: Bool) -> Double? {
        let speed = isMoving ? speed : 0
        return protectiveDistance(at: speed > 0 && faults.breaks(.saf23) ? 0 : speed)
    }

    private func protectiveDistance(at speed: Double) -> Double? {
        guard let terms = descriptor.safety?.separation, let nearest = separation.nearest else { return nil }
        let reaction = Double(terms.reactionTimeNs ?? 0) * 1e-9
        let stopping = Double(terms.stoppingTimeNs ?? 0) * 1e-9
        let human = (terms.humanSpeed ?? 0) * (reaction + stopping)
        let uncertainty = max(terms.positionUncertaintyHuman ?? 0, nearest.uncertainty)
        return human + speed * reaction + (terms.stoppingDistance ?? 0) + (terms.intrusionDistance ?? 0) + uncertainty
            + (terms.positionUncertaintyRobot ?? 0)
    }

    /// No point of the robot moves faster now; m/s.
    private var speed: Double {
        isUnderway ? Self.reach * Double(shaper.velocity.reduce(0) { max($0, abs($1)) }) : 0
    }

    /// And none ever will; m/s.
    private var fullSpeed: Double { Self.reach * Double(limits.reduce(0) { max($0, $1.velocity) }) }
}
