public import PonsMessages
public import PonsRobot

/// A 14-cell battery of 0.9 kWh: the voltage falls with charge and with current.
public struct BatteryModel: Sendable {
    private static let capacityJoule = 0.9 * 3.6e6
    private static let resistanceOhm = 0.04
    private var charge = 1.0
    /// W, smoothed over about a second: what an operator can read.
    private var watts = 55.0

    public init() {}

    /// Takes energy for one millisecond.
    public mutating func draw(watts: Double) {
        charge = max(0, charge - watts * 0.001 / Self.capacityJoule)
        self.watts += (watts - self.watts) * 0.001
    }

    public mutating func set(charge: Double) { self.charge = max(0, min(1, charge)) }

    public var measurement: BatteryMeasurement {
        var battery = BatteryMeasurement()
        let open = 14 * (3.3 + 0.85 * charge)
        battery.charge = charge
        battery.current = watts / open
        battery.voltage = open - Self.resistanceOhm * battery.current
        return battery
    }

    /// Carries out an injection of another charge; false for all others.
    public mutating func inject(_ injection: InjectRequest) -> Bool {
        guard injection.kind == .stateOfCharge else { return false }
        set(charge: injection.value ?? 1)
        return true
    }
}
