public import PonsPort

extension UnitreeRobot {
    /// What travels over DDS, in the vendor's names. Its quality of service is not public: state is read as it comes.
    public static func topics(_ family: MessageFamily) -> [NativeTopic] {
        let own = [
            NativeTopic(LowCommand.topic, NativeTopic.rosType(family.rawValue, "LowCmd"), .toBody),
            NativeTopic(LowState.topic, NativeTopic.rosType(family.rawValue, "LowState"), .fromBody),
        ]
        let battery = NativeTopic(BatteryReport.topic, NativeTopic.rosType(family.rawValue, "BmsState"), .fromBody)
        return own + (family == .hg ? [battery] : []) + services
    }

    private static let services = [
        NativeTopic(
            ServiceCall.requests(to: MotionSwitcher.service), NativeTopic.rosType("unitree_api", "Request"), .toBody,
            isReliable: true),
        NativeTopic(
            ServiceCall.responses(of: MotionSwitcher.service), NativeTopic.rosType("unitree_api", "Response"),
            .fromBody, isReliable: true),
    ]
}
