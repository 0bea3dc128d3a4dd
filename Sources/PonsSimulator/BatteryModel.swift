import PonsRobot

/// A 14-cell battery of 0.9 kWh: the voltage falls with charge and with current.
struct BatteryModel: Sendable {
    private static let capacityJoule = 0.9 * 3.6e6
    private static let resistanceOhm = 0.04
    private var charge = 1.0
    /// W, smoothed over about a second: what an operator can read.
    private var watts = 55.0

    /// Takes energy for one millisecond.
    mutating func draw(watts: Double) {
        charge = max(0, charge - watts * 0.001 / Self.capacityJoule)
        self.watts += (watts - self.watts) * 0.001
    }

    mutating func set(charge: Double) { self.charge = max(0, min(1, charge)) }

    var measurement: BatteryMeasurement {
        var battery = BatteryMeasurement()
        let open = 14 * (3.3 + 0.85 * charge)
        battery.charge = charge
        battery.current = watts / open
        battery.voltage = open - Self.resistanceOhm * battery.current
        return battery
    }
}
