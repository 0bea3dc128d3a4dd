public import PonsSpinal
import PonsWire

/// Checks of values that own memory, and of several values together.
extension Rule {
    /// A quaternion of norm 1 within 1e-3 (FMT-10).
    public static func unitNorm(
        _ x: Double?, _ y: Double?, _ z: Double?, _ w: Double?, _ number: UInt32
    ) throws(Violation) {
        let (x, y, z, w) = (x ?? 0, y ?? 0, z ?? 0, w ?? 0)
        let norm = (x * x + y * y + z * z + w * w).squareRoot()
        if !(abs(norm - 1) <= 1e-3) { throw Violation(.badQuaternion, FieldPath(number), limit: 1) }
    }

    /// An upper bound is not less than its lower bound.
    public static func notBelow(_ lower: Double?, _ upper: Double?, _ number: UInt32) throws(Violation) {
        guard let lower, let upper, upper < lower else { return }
        throw Violation(.outOfRange, FieldPath(number), limit: lower)
    }

    /// The upper triangle, row by row, of a positive semi-definite matrix of 3 × 3 or 6 × 6 (FMT-12); empty is unknown.
    ///
    /// Eliminates row by row; a pivot may be negative by rounding only: 1e-9 of the largest variance.
    public static func covariance(_ triangle: [Double], _ number: UInt32) throws(Violation) {
        if triangle.isEmpty { return }
        guard triangle.count == 6 || triangle.count == 21 else { throw Violation(.wrongCount, FieldPath(number)) }
        let size = triangle.count == 6 ? 3 : 6
        func place(_ row: Int, _ column: Int) -> Int { row * size - row * (row - 1) / 2 + column - row }
        let scale = (0..<size).reduce(0) { max($0, abs(triangle[place($1, $1)])) }
        let tolerance = 1e-9 * scale
        var rest = triangle
        for pivot in 0..<size {
            let variance = rest[place(pivot, pivot)]
            let row = (pivot + 1..<size).map { rest[place(pivot, $0)] }
            let isNegative = variance < -tolerance
            let isImpossible = variance <= tolerance && row.contains { $0 * $0 > tolerance * scale }
            if isNegative || isImpossible {
                throw Violation(.badCovariance, FieldPath(number, index: Int32(place(pivot, pivot))), limit: 0)
            }
            if variance <= tolerance { continue }
            for i in pivot + 1..<max(size, pivot + 1) {
                for j in i..<size { rest[place(i, j)] -= row[i - pivot - 1] * row[j - pivot - 1] / variance }
            }
        }
    }

    /// Characters `[A-Za-z0-9_.:-]`, at most 64; empty means absent (FMT-08).
    public static func identifier(_ text: String, _ number: UInt32, index: Int = -1) throws(Violation) {
        var count = 0
        for byte in text.utf8 {
            count += 1
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2E, 0x3A, 0x2D: continue
            default: throw Violation(.badString, FieldPath(number, index: Int32(index)))
            }
        }
        if count > 64 { throw Violation(.badString, FieldPath(number, index: Int32(index)), limit: 64) }
    }

    /// A digest or an id of fixed size; empty means absent.
    public static func exactly(_ size: Int, _ bytes: [UInt8], _ number: UInt32, index: Int = -1) throws(Violation) {
        if !bytes.isEmpty && bytes.count != size {
            throw Violation(.wrongCount, FieldPath(number, index: Int32(index)), limit: Double(size))
        }
    }
}
