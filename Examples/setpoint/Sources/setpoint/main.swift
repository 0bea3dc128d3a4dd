import PonsMessages

// A controller makes a setpoint for a robot of six joints …
var setpoint = JointSetpoint()
setpoint.sequence = 1
setpoint.stampNs = 1_000_000
setpoint.validUntilNs = 51_000_000
setpoint.leaseEpoch = 1
setpoint.leaseSequence = 1
setpoint.resourceID = 1
setpoint.descriptorEpoch = 1
setpoint.mode = .position
setpoint.position = [0, 0.1, 0.2, 0.3, 0.4, 0.5]
let bytes = setpoint.encoded()
print("a setpoint of 6 joints is \(bytes.count) bytes")

// … and the robot's side takes it apart again and checks every rule of the schema.
let context = ValidationContext(jointCount: 6)
let received = try JointSetpoint(decoding: bytes)
try received.validate(context)
print("target of the third joint: \(received.position[2]) rad")

// What breaks a rule is refused by reason and field.
setpoint.position[4] = .nan
do {
    try setpoint.validate(context)
} catch {
    print("refused: \(error.reason) at \(JointSetpoint.describe(error.path))")
}
