public import PonsPort

extension UnitreeG1 {
    /// What travels over DDS, in the vendor's names. Its quality of service is not public: state is read as it comes.
    public static let topics: [NativeTopic] = [
        NativeTopic(LowCommand.topic, NativeTopic.rosType("unitree_hg", "LowCmd"), .toBody),
        NativeTopic(LowState.topic, NativeTopic.rosType("unitree_hg", "LowState"), .fromBody),
        NativeTopic(BatteryReport.topic, NativeTopic.rosType("unitree_hg", "BmsState"), .fromBody),
        NativeTopic(
            ServiceCall.requests(to: MotionSwitcher.service), NativeTopic.rosType("unitree_api", "Request"), .toBody,
            isReliable: true),
        NativeTopic(
            ServiceCall.responses(of: MotionSwitcher.service), NativeTopic.rosType("unitree_api", "Response"),
            .fromBody, isReliable: true),
    ]
}
