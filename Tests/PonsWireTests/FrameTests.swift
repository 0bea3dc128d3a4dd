import PonsWire
import Testing

@Suite struct FrameTests {
    @Test func `check values of both polynomials match their catalogues`() {
        var short = CRC32P4()
        var long = CRC64()
        for byte in Array("123456789".utf8) {
            short.update(byte)
            long.update(byte)
        }
        #expect(short.value == 0x1697_D06A)
        #expect(long.value == 0x995D_C9BB_DF19_39FA)
    }

    /// The division itself, a bit at a time, with the polynomial's bits in reflected order.
    private func remainder<State: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>, _ polynomial: State) -> State {
        ~bytes.reduce(~0) { state, byte in
            (0..<8).reduce(state ^ State(byte)) { bits, _ in bits >> 1 ^ (bits & 1 == 1 ? polynomial : 0) }
        }
    }

    @Test func `both check sequences are the remainders of the division, for every length and start`() {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 37 &+ $0 >> 3) }
        for start in 0..<8 {
            for end in start...300 {
                var short = CRC32P4()
                var long = CRC64()
                let slice = bytes[start..<end]
                short.update(slice.span.bytes, upTo: slice.count)
                long.update(slice.span.bytes, upTo: slice.count)
                #expect(short.value == remainder(slice, 0xC8DF_352F as UInt32))
                #expect(long.value == remainder(slice, 0xC96C_5795_D787_0F42 as UInt64))
            }
        }
    }

    @Test func `a word is its eight bytes, the lowest first`() {
        var (short, shortBytes) = (CRC32P4(), CRC32P4())
        var (long, longBytes) = (CRC64(), CRC64())
        for word in [0, 1, 0x0123_4567_89AB_CDEF, UInt64.max, 0x8000_0000_0000_0000] {
            short.update(word: word)
            long.update(word: word)
            for shift in stride(from: 0, to: 64, by: 8) {
                shortBytes.update(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
                longBytes.update(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
            #expect(short.value == shortBytes.value)
            #expect(long.value == longBytes.value)
        }
    }

    @Test func `CRC-32P4 of four zero bytes is the published one`() {
        var crc = CRC32P4()
        for _ in 0..<4 { crc.update(0) }
        #expect(crc.value == 0x6FB3_2240)
    }

    private func frame(payload: [UInt8], identity: SessionIdentity) -> [UInt8] {
        let header = FrameHeader(messageType: 64, payloadLength: payload.count, sessionID: identity.sessionID)
        var bytes =
            [UInt8](repeating: 0, count: FrameHeader.size) + payload + [UInt8](repeating: 0, count: header.checkSize)
        var span = bytes.mutableSpan
        var storage = span.mutableBytes
        #expect(FrameCheck.seal(header, in: &storage, identity: identity) == header.frameSize)
        return bytes
    }

    private let identity = SessionIdentity(bootID: (1, 2), sessionID: 3)

    private func open(_ bytes: [UInt8], _ identity: SessionIdentity) throws(FrameError) -> FrameHeader {
        try bytes.withRawSpan { (span) throws(FrameError) in
            try FrameCheck.open(span, identity: identity, payloadLimit: 65_536)
        }
    }

    @Test(arguments: [0, 1, 17, 4096, 4097, 60_000])
    func `a sealed frame opens again`(size: Int) throws {
        let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let header = try open(frame(payload: payload, identity: identity), identity)
        #expect(Int(header.payloadLength) == size)
        #expect(header.checkSize == (size <= 4096 ? 4 : 8))
    }

    @Test func `every single flipped bit is noticed`() {
        let good = frame(payload: Array(0..<64), identity: identity)
        for bit in 0..<good.count * 8 {
            var bad = good
            bad[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: FrameError.self, "bit \(bit)") { try open(bad, identity) }
        }
    }

    @Test func `every truncation and every extension is noticed`() {
        let good = frame(payload: Array(0..<32), identity: identity)
        for length in 0..<good.count {
            #expect(throws: FrameError.self) { try open(Array(good.prefix(length)), identity) }
        }
        #expect(throws: FrameError.trailingBytes) { try open(good + [0], identity) }
    }

    @Test func `a frame of another session or boot does not open`() {
        let good = frame(payload: [1, 2, 3], identity: identity)
        #expect(throws: FrameError.badCheck) { try open(good, SessionIdentity(bootID: (9, 2), sessionID: 3)) }
        #expect(throws: FrameError.badCheck) { try open(good, SessionIdentity(bootID: (1, 2), sessionID: 4)) }
    }

    @Test(arguments: [48, 52, 100]) func `zeros of any length are ignored as zeros`(length: Int) {
        #expect(throws: FrameError.allZero) { try open(Array(repeating: 0, count: length), .none) }
    }

    @Test func `a length nobody may send is refused before the payload is waited for`() {
        let header = FrameHeader(messageType: 1, payloadLength: 10 << 20)
        var bytes = [UInt8](repeating: 0, count: FrameHeader.size)
        var span = bytes.mutableSpan
        var storage = span.mutableBytes
        header.write(to: &storage)
        #expect(throws: FrameError.oversize(10 << 20, limit: 65_536)) { try open(bytes, .none) }
    }
}
