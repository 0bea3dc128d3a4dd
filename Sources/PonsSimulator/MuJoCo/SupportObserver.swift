import PonsMessages

/// Where the centre of mass stands over the feet, and what that says: static, dynamic, marginal, falling, down.
struct SupportObserver: Sendable {
    private(set) var lean = BalanceController.Lean()
    private(set) var leanVelocity = BalanceController.Lean()
    /// Distance of the capture point from the nearest edge of the soles' common rectangle, m.
    private(set) var margin = 0.1
    private(set) var isOnFeet = true
    private(set) var baseSpeed = 0.0
    private(set) var stability = Stability.static

    private let isSuspended: Bool
    private var isFirst = true
    private var unsafeCycles = 0
    private var isDown = false

    /// Soles, in the feet's frame, m.
    private static let forward = -0.09...0.16
    private static let left = -0.15...0.15
    /// 1/s, of an inverted pendulum of 0.8 m.
    private static let pendulumRate = (9.81 / 0.8).squareRoot()

    init(isSuspended: Bool) { self.isSuspended = isSuspended }

    /// Centre of mass relative to the middle between the ankles, along the feet.
    ///
    /// - Parameter alongFloor: measured level, as gravity acts, also while a foot tips; otherwise in the plane of the soles,
    ///   which is what a posture alone says.
    static func lean(in world: PhysicsWorld, _ map: BodyMap, alongFloor: Bool) -> BalanceController.Lean {
        let feet = map.feet.map { world.position(ofBody: $0) }
        let turns = map.feet.map { world.rotation(ofBody: $0) }
        let offset = world.centreOfMass(ofTree: map.pelvis) - 0.5 * (feet[0] + feet[1])
        // Columns of the mean rotation: the feet's axes.
        var forward = Vector(turns[0].x.x + turns[1].x.x, turns[0].y.x + turns[1].y.x, turns[0].z.x + turns[1].z.x)
        var left = Vector(turns[0].x.y + turns[1].x.y, turns[0].y.y + turns[1].y.y, turns[0].z.y + turns[1].z.y)
        if alongFloor { (forward.z, left.z) = (0, 0) }
        return BalanceController.Lean(
            forward: offset.dot(forward) / forward.dot(forward).squareRoot(),
            left: offset.dot(left) / left.dot(left).squareRoot())
    }

    /// One cycle of 1 ms.
    mutating func observe(_ world: PhysicsWorld, _ map: BodyMap) {
        let now = Self.lean(in: world, map, alongFloor: true)
        if !isFirst {
            leanVelocity.forward += 0.05 * ((now.forward - lean.forward) / 0.001 - leanVelocity.forward)
            leanVelocity.left += 0.05 * ((now.left - lean.left) / 0.001 - leanVelocity.left)
        }
        isFirst = false
        lean = now
        let rate = map.base.velocity
        let speed = Vector(world.velocities[rate], world.velocities[rate + 1], world.velocities[rate + 2])
        baseSpeed = speed.dot(speed).squareRoot()
        isOnFeet = map.soles.reduce(0) { $0 + world.sensors[$1] } > 60
        judge(world, map)
    }

    /// The body was put elsewhere: how it moved before means nothing now.
    mutating func startAnew() {
        (isFirst, isDown, unsafeCycles) = (true, false, 0)
        (leanVelocity.forward, leanVelocity.left) = (0, 0)
    }

    private mutating func judge(_ world: PhysicsWorld, _ map: BodyMap) {
        if isSuspended {
            stability = .static
            return
        }
        let x = lean.forward + leanVelocity.forward / Self.pendulumRate
        let y = lean.left + leanVelocity.left / Self.pendulumRate
        margin = min(
            x - Self.forward.lowerBound, Self.forward.upperBound - x, y - Self.left.lowerBound, Self.left.upperBound - y
        )
        let upright = world.rotation(ofBody: map.pelvis).z.z
        let height = world.position(ofBody: map.pelvis).z
        let isLost = margin < -0.03 || upright < 0.6 || height < 0.25
        unsafeCycles = isLost ? unsafeCycles + 1 : 0
        if unsafeCycles >= 20 { isDown = true }
        if isDown {
            let isRecovered = upright > 0.8 && height > 0.3 && margin > 0.02 && baseSpeed < 0.05
            if isRecovered { isDown = false }
            stability = baseSpeed < 0.1 && height < 0.35 ? .down : .falling
            if isRecovered { stability = .static }
        } else if margin < 0.01 {
            stability = .marginal
        } else {
            stability = baseSpeed > 0.25 ? .dynamic : .static
        }
    }
}
