public import PonsMessages
import PonsPort
public import PonsRobot
import PonsSafety

/// The reference humanoid as a vendor would write it: a descriptor and a way to the actuators.
public struct ReferenceRobot: RobotAdapter {
    public let descriptor: Descriptor
    /// What the plant shows, as the sensors see it.
    public private(set) var measurement: Measurement
    private let bodyModel: BodyModel
    private var plant: any Plant
    private var overlay = SensorOverlay()

    init(plant: any Plant, _ configuration: HumanoidConfiguration) {
        self.plant = plant
        measurement = plant.measurement
        var descriptor = HumanoidDescriptor.make(plant: configuration.plant.rawValue, isLab: configuration.isLab)
        if let deadline = configuration.setpointDeadlineNs { descriptor.timing?.setpointDeadlineNs = deadline }
        configuration.variant?.change(&descriptor)
        bodyModel = BodyModel(of: descriptor)
        descriptor.bodyModels = [bodyModel.reference]
        self.descriptor = descriptor
    }

    public mutating func boot(at now: Int64) {
        plant.reset(at: now)
        measure()
    }

    private mutating func measure() { measurement = overlay.apply(to: plant.measurement) }

    public mutating func advance(to now: Int64, _ command: ActuatorCommand) {
        plant.step(to: now, command)
        overlay.advance(to: now, isHelped: command.permission == .recover)
        measure()
    }

    public mutating func inject(_ injection: InjectRequest, at now: Int64) -> Bool {
        let isSensed = overlay.inject(injection, at: now)
        let isFelt = plant.inject(injection, at: now)
        measure()
        return isFelt || isSensed
    }

    public func content(sha256: [UInt8]) -> [UInt8]? { bodyModel.content(sha256: sha256) }

    public mutating func takeImages(at now: Int64) -> [Image] { plant.takeImages(at: now) }
}
