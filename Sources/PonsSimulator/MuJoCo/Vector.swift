/// A point or direction, x forward, y left, z up.
struct Vector: Equatable, Sendable {
    var x = 0.0
    var y = 0.0
    var z = 0.0

    init(_ x: Double, _ y: Double, _ z: Double) {
        (self.x, self.y, self.z) = (x, y, z)
    }

    init(_ start: UnsafePointer<Double>) { self.init(start[0], start[1], start[2]) }

    static func + (left: Vector, right: Vector) -> Vector {
        Vector(left.x + right.x, left.y + right.y, left.z + right.z)
    }

    static func - (left: Vector, right: Vector) -> Vector {
        Vector(left.x - right.x, left.y - right.y, left.z - right.z)
    }

    static func * (scale: Double, vector: Vector) -> Vector {
        Vector(scale * vector.x, scale * vector.y, scale * vector.z)
    }

    func dot(_ other: Vector) -> Double { x * other.x + y * other.y + z * other.z }
}
