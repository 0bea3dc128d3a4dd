import PonsMessages
import PonsSpinal
import PonsWire

/// The heap-free forms of a robot of three joints must say what the owned messages say.
enum SpinalTarget {
    static func run(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let bytes = Array(input.dropFirst())
        switch first % 3 {
        case 0:
            let isCanonical = CanonicalJointSetpoint<3>(bytes.span.bytes) != nil
            check(JointSetpoint.self, FixedJointSetpoint<3>.self, bytes, isCanonical)
            var resident = ResidentJointSetpoint<3>()
            require(resident.decode(bytes.span.bytes) == isCanonical, "frame and view disagree", bytes)
            _ = resident.position
        case 1:
            let isCanonical = CanonicalWholeBodyState<3>(bytes.span.bytes) != nil
            check(WholeBodyState.self, FixedWholeBodyState<3>.self, bytes, isCanonical)
            let isResident = (0...8).contains { feet in
                var resident = ResidentWholeBodyState<3>(footForceCount: feet)
                return resident.decode(bytes.span.bytes)
            }
            require(isResident == isCanonical, "frame and view disagree", bytes)
        default:
            let isCanonical = CanonicalJointHealth<3>(bytes.span.bytes) != nil
            check(JointHealth.self, FixedJointHealth<3>.self, bytes, isCanonical)
        }
    }

    private static func check<Owned: WireMessage, Fixed: FixedMessage>(
        _ owned: Owned.Type, _ fixed: Fixed.Type, _ bytes: [UInt8], _ isCanonical: Bool
    ) {
        let expected = try? Owned(decoding: bytes)
        var message = Fixed()
        do throws(WireError) {
            try message.decode(bytes.span.bytes)
        } catch {
            require(!isCanonical, "\(Owned.name): the view takes what the fixed form refuses", bytes)
            let isFit = expected == nil || error.kind == .wrongCount
            return require(isFit, "\(Owned.name): fixed refuses with \(error.kind), owned takes it", bytes)
        }
        guard var expected else { return require(false, "\(Owned.name): fixed takes what owned refuses", bytes) }
        try? message.validate()
        let seen = encoded(message)
        // Fixed forms keep neither unknown fields nor extensions.
        expected.unknownFields = UnknownFields()
        var kept: any WireMessage = expected
        if var setpoint = expected as? JointSetpoint {
            setpoint.extension = nil
            kept = setpoint
        }
        require(seen == kept.encoded(), "fixed and owned differ", bytes)
        keepsNothing(message, bytes)
    }

    /// A value that is used again keeps nothing of the message before.
    private static func keepsNothing<Fixed: FixedMessage>(_ used: Fixed, _ bytes: [UInt8]) {
        var message = used
        try? message.decode([UInt8]().span.bytes)
        require(encoded(message).isEmpty, "the empty message left something of the one before", bytes)
    }

    private static func encoded<Fixed: FixedMessage>(_ message: Fixed) -> [UInt8] {
        var message = message
        var storage = [UInt8](repeating: 0, count: Fixed.maximumSize)
        var span = storage.mutableSpan
        var room = span.mutableBytes
        let count = message.encode(into: &room)
        return Array(storage[..<count])
    }
}
