enum ProtobufTarget {
    static func run(_ input: [UInt8]) { MessageTarget.check(TestAllTypesProto3.self, input) }
}
