/// A number with a dimension. Adding a time to an angle is an error of the test, found before anything moves.
public struct Quantity: Equatable, Sendable {
    public enum Dimension: String, Sendable {
        case one = "a number"
        case time = "a time"
        case angle = "an angle"
        case frequency = "a frequency"
        case angularVelocity = "an angular velocity"
        case length = "a length"
    }

    /// In SI units; times in nanoseconds.
    public var value: Double
    public var dimension: Dimension

    public init(_ value: Double, _ dimension: Dimension = .one) {
        self.value = value
        self.dimension = dimension
    }

    /// Units of test definitions.
    public static let units: [String: Quantity] = [
        "ns": Quantity(1, .time), "us": Quantity(1e3, .time), "ms": Quantity(1e6, .time), "s": Quantity(1e9, .time),
        "min": Quantity(60e9, .time), "h": Quantity(3600e9, .time),
        "rad": Quantity(1, .angle), "deg": Quantity(.pi / 180, .angle), "Hz": Quantity(1, .frequency),
        "rad/s": Quantity(1, .angularVelocity), "m": Quantity(1, .length), "mm": Quantity(1e-3, .length),
        "%": Quantity(0.01, .one),
    ]

    /// For people: `12.5 ms`, `0.02 rad`.
    public var text: String {
        switch dimension {
        case .time: abs(value) >= 1e9 ? "\(short(value / 1e9)) s" : "\(short(value / 1e6)) ms"
        case .angle: "\(short(value)) rad"
        case .frequency: "\(short(value)) Hz"
        case .angularVelocity: "\(short(value)) rad/s"
        case .length: "\(short(value)) m"
        case .one: short(value)
        }
    }

    private func short(_ number: Double) -> String { Self.rounded(number) }

    /// At most three decimals, without trailing zeros.
    public static func rounded(_ number: Double) -> String {
        if number != 0 && abs(number) < 0.001 { return "\((number * 1e6).rounded() / 1e6)" }
        let scaled = (number * 1000).rounded() / 1000
        return scaled == scaled.rounded() && abs(scaled) < 1e15 ? "\(Int64(scaled))" : "\(scaled)"
    }
}
