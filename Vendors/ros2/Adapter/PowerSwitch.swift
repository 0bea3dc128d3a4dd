import PonsPort
import ROS2Messages

/// Takes the torque away and gives it back, through a forward_command_controller on the hardware's own enabling interface: 1 is on,
/// 0 is off. Said when it changes, and ten times a second, for a controller that was started again.
struct PowerSwitch: Sendable {
    private static let repeatNs: Int64 = 100_000_000

    let topic: String
    private var said: (isOn: Bool, atNs: Int64)?

    init(topic: String) { self.topic = topic }

    mutating func set(_ isOn: Bool, _ bus: any NativeBus, at now: Int64) {
        if let said, said.isOn == isOn, now - said.atNs < Self.repeatNs { return }
        said = (isOn, now)
        bus.publish(NumbersMessage([isOn ? 1 : 0]).cdr, on: topic)
    }
}
