/// Where a frame is in another: m, and a unit quaternion x y z w.
public struct MountPose: Equatable, Sendable {
    public var position = [0.0, 0, 0]
    public var rotation = [0.0, 0, 0, 1]

    public init() {}

    public init(position: [Double], rotation: [Double]) {
        (self.position, self.rotation) = (position, rotation)
    }

    /// The pose of what has `inner` in this frame.
    public func followed(by inner: MountPose) -> MountPose {
        let turned = rotate(inner.position)
        return MountPose(
            position: (0..<3).map { position[$0] + turned[$0] }, rotation: Self.product(rotation, inner.rotation))
    }

    /// Within 5 mm and 0.01 rad: more than that is another mount, and no rounding.
    public func isNear(_ other: MountPose) -> Bool {
        let distance = zip(position, other.position).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        // |q · p| is the cosine of half the angle between them; q and −q are the same turn.
        let cosine = abs(zip(rotation, other.rotation).reduce(0) { $0 + $1.0 * $1.1 })
        return distance <= 0.005 && (1 - 0.01 * 0.01 / 8...1.001).contains(cosine)
    }

    private func rotate(_ vector: [Double]) -> [Double] {
        let conjugate = [-rotation[0], -rotation[1], -rotation[2], rotation[3]]
        return Array(Self.product(Self.product(rotation, vector + [0]), conjugate).prefix(3))
    }

    private static func product(_ a: [Double], _ b: [Double]) -> [Double] {
        [
            a[3] * b[0] + a[0] * b[3] + a[1] * b[2] - a[2] * b[1],
            a[3] * b[1] - a[0] * b[2] + a[1] * b[3] + a[2] * b[0],
            a[3] * b[2] + a[0] * b[1] - a[1] * b[0] + a[2] * b[3],
            a[3] * b[3] - a[0] * b[0] - a[1] * b[1] - a[2] * b[2],
        ]
    }
}
