import PonsMessages
import PonsReflection
import PonsWire
import Testing

@Suite struct CodecTests {
    private var setpoint: JointSetpoint {
        var message = JointSetpoint()
        message.sequence = 7
        message.stampNs = -5
        message.validUntilNs = 1 << 40
        message.leaseEpoch = 1
        message.leaseSequence = 2
        message.resourceID = 1
        message.descriptorEpoch = 1
        message.mode = .position
        message.position = [0, -0.0, 1.5, .leastNonzeroMagnitude]
        return message
    }

    @Test func `a message survives the round trip bit for bit`() throws {
        let bytes = setpoint.encoded()
        #expect(bytes.count == setpoint.encodedSize)
        let back = try JointSetpoint(decoding: bytes)
        #expect(back == setpoint)
        #expect(back.position[1].sign == .minus)
        #expect(back.encoded() == bytes)
    }

    @Test func `nested messages and oneofs survive the round trip`() throws {
        var parameter = Parameter()
        parameter.name = "speed"
        parameter.value = .number(0)
        var child = PlanNode()
        child.id = "child"
        child.kind = .skill
        child.parameters = [parameter]
        var root = PlanNode()
        root.id = "root"
        root.kind = .sequence
        root.children = [child, child]
        let back = try PlanNode(decoding: root.encoded())
        #expect(back == root)
        #expect(back.children[1].parameters[0].value == .number(0))
    }

    @Test func `unpacked arrays are accepted like packed ones`() throws {
        var unpacked: [UInt8] = []
        for value in [Float(1), 2, 3] {
            unpacked.append(9 << 3 | 5)
            for shift in 0..<4 { unpacked.append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt32(shift * 8))) }
        }
        #expect(try JointSetpoint(decoding: unpacked).position == [1, 2, 3])
    }

    @Test func `unknown fields are kept and sent on`() throws {
        let extra: [UInt8] = [0xA2, 0x1F, 3, 1, 2, 3]  // field 500, three bytes
        let message = try JointSetpoint(decoding: setpoint.encoded() + extra)
        #expect(message.unknownFields.bytes == extra)
        #expect(message.encoded() == setpoint.encoded() + extra)
    }

    struct Malformed: CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        let kind: WireError.Kind
        var testDescription: String { name }
    }

    static let malformed = [
        Malformed(name: "truncated fixed64", bytes: [0x09, 1, 2], kind: .truncated),
        Malformed(name: "length past the end", bytes: [0x4A, 200, 1, 0], kind: .truncated),
        Malformed(name: "ragged array", bytes: [0x4A, 3, 0, 0, 0], kind: .raggedArray),
        Malformed(name: "tag 0", bytes: [0x00, 0x00], kind: .badFieldNumber),
        Malformed(name: "group", bytes: [0x0B], kind: .badWireType),
        Malformed(name: "wire type mismatch", bytes: [0x08, 1], kind: .wireTypeMismatch),
        Malformed(
            name: "eleven-byte varint", bytes: [0x40] + Array(repeating: 0xFF, count: 10) + [0x01],
            kind: .varintOverflow),
        Malformed(name: "duplicate singular field", bytes: [0x40, 1, 0x40, 2], kind: .duplicateField),
        Malformed(name: "enumeration without a name", bytes: [0x40, 99], kind: .unknownEnum),
        Malformed(name: "critical field", bytes: [0x80, 0xF1, 0x04, 1], kind: .unknownCritical),
    ]

    @Test(arguments: malformed) func `malformed bytes are refused with the right kind`(_ entry: Malformed) {
        let error = #expect(throws: WireError.self) { try JointSetpoint(decoding: entry.bytes) }
        #expect(error?.kind == entry.kind)
    }

    @Test func `nesting beyond the limit is refused before it is followed`() {
        var bytes: [UInt8] = []
        for _ in 0..<40 { bytes = [0x2A] + varint(bytes.count) + bytes }
        let error = #expect(throws: WireError.self) { try PlanNode(decoding: bytes) }
        #expect(error?.kind == .tooDeep)
    }

    @Test func `invalid UTF-8 is refused and names the field`() {
        let error = #expect(throws: WireError.self) { try Goodbye(decoding: [0x0A, 2, 0xC0, 0x80]) }
        #expect(error?.kind == .invalidUTF8)
        #expect(error.map { Goodbye.describe($0.path) } == "text")
    }

    @Test func `telemetry keeps a known number of another wire type as an unknown field, a command refuses it`() throws
    {
        let bytes: [UInt8] = [0x0A, 1, 7]  // field 1 of either, fixed64 by the schema
        let state = try WholeBodyState(decoding: bytes)
        #expect(state.sequence == nil && state.encoded() == bytes)
        let error = #expect(throws: WireError.self) { try StopRequest(decoding: bytes) }
        #expect(error?.kind == .wireTypeMismatch)
    }

    @Test func `a tag longer than five bytes is refused`() throws {
        #expect(try WholeBodyState(decoding: [0x98, 0x80, 0x80, 0x80, 0, 1]).safetyState == .initialising)
        #expect(throws: WireError.self) { try WholeBodyState(decoding: [0x98, 0x80, 0x80, 0x80, 0x80, 0, 1]) }
    }

    @Test func `telemetry keeps enumeration numbers it has no name for`() throws {
        var bytes: [UInt8] = []
        bytes += [0x18, 77]  // WholeBodyState.safety_state
        let state = try WholeBodyState(decoding: bytes)
        #expect(state.safetyState == .unrecognized(77))
        #expect(state.encoded() == bytes)
    }

    @Test func `twenty thousand mutated messages never trap and round-trip when accepted`() {
        var seed: UInt64 = 0x5EED
        print("seed \(seed)")
        func next() -> UInt64 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return seed >> 17
        }
        let original = setpoint.encoded()
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = original
            for _ in 0...Int(next() % 4) {
                switch next() % 3 {
                case 0: bytes[Int(next()) % bytes.count] = UInt8(truncatingIfNeeded: next())
                case 1: bytes.removeLast(Int(next()) % bytes.count)
                default: bytes.insert(UInt8(truncatingIfNeeded: next()), at: Int(next()) % (bytes.count + 1))
                }
                if bytes.isEmpty { bytes = [0] }
            }
            guard let message = try? JointSetpoint(decoding: bytes) else { continue }
            accepted += 1
            let again = message.encoded()
            #expect((try? JointSetpoint(decoding: again))?.encoded() == again)
        }
        #expect(accepted > 0)
    }

    private func varint(_ value: Int) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
    }
}
