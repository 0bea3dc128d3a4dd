enum ProtobufTarget {
    static func run(_ input: [UInt8]) {
        let finding = ConformanceCheck.finding(input)
        require(finding == nil, finding ?? "", input)
    }
}
