import PonsMessages
import PonsReflection
import PonsSpinal
import PonsViews
import PonsWire
import Testing

/// Nothing that a robot does for every frame asks for memory: proven by count. The other half of the proof is
/// `scripts/check-embedded`, where the compiler refuses to allocate at all.
@Suite(.enabled(if: Allocations.areCounted, "a sanitizer brings its own malloc"))
struct AllocationTests {
    /// Messages of the loops between the brains: numbers, and arrays of them.
    private static let streams: [any WireMessage.Type] = [
        JointSetpoint.self, WholeBodyState.self, JointHealth.self, BaseSetpoint.self, BaseState.self,
        GripperSetpoint.self, GripperState.self, Heartbeat.self,
    ]

    private static var storage: UnsafeMutableRawBufferPointer {
        .allocate(byteCount: 1 << 20, alignment: 64)
    }

    private func sample(_ name: String, _ round: Int) -> (seed: UInt64, bytes: [UInt8]) {
        let seed = UInt64(round) + 0xA110C
        var sampler = Sampler(seed: seed, oddities: [])
        return (seed, sampler.message(name))
    }

    /// A message without what is kept apart: fields of other schemas, and a vendor's extension.
    private static func plain<M: WireMessage>(_ bytes: [UInt8], _: M.Type) -> [UInt8]? {
        guard var message = try? M(decoding: bytes) else { return nil }
        message.unknownFields = UnknownFields()
        guard var setpoint = message as? JointSetpoint else { return message.encoded() }
        setpoint.extension = nil
        return setpoint.encoded()
    }

    @Test func `the count sees an allocation`() {
        var kept: [Int] = []
        #expect(Allocations.count { kept.reserveCapacity(100) } == 1)
        #expect(Allocations.count { kept.append(1) } == 0)
    }

    @Test func `encoding into the caller's storage allocates nothing, whatever the message`() {
        func encode<M: WireMessage>(_ type: M.Type, _ bytes: [UInt8], _ storage: UnsafeMutableRawBufferPointer) -> Int {
            guard let message = try? M(decoding: bytes) else { return 0 }
            return (0..<2).map { _ in
                Allocations.count { _ = message.encode(endOf: MutableRawSpan(_unsafeBytes: storage)) }
            }.last!
        }
        let storage = Self.storage
        defer { storage.deallocate() }
        for round in 0..<5_000 {
            let name = Schema.shared.names[round % Schema.shared.names.count]
            let (seed, bytes) = sample(name, round)
            let count = encode(DifferentialTests.types[name]!, bytes, storage)
            guard count == 0 else {
                Issue.record("seed \(seed) \(name): \(count) allocations, for \(Hex.text(bytes))")
                return
            }
        }
    }

    @Test(arguments: 0..<streams.count) func `a stream is decoded and refused in the storage it has`(index: Int) {
        func decode<M: WireMessage>(_ type: M.Type) {
            var message = M()
            for round in 0..<500 {
                let (seed, whole) = sample("pons.v1.\(M.name)", round)
                guard let plain = Self.plain(whole, type) else { continue }
                var mutator = Mutator(seed: seed)
                for bytes in [plain, mutator.damage(plain)] {
                    _ = try? message.decode(replacing: bytes.span.bytes)
                    if !message.unknownFields.isEmpty { continue }
                    var refusal: WireError?
                    let count = Allocations.count {
                        do throws(WireError) { try message.decode(replacing: bytes.span.bytes) } catch {
                            refusal = error
                        }
                    }
                    let outcome = refusal.map { "refused: \($0)" } ?? "taken"
                    #expect(count == 0, "seed \(seed) \(M.name), \(outcome): \(Hex.text(bytes))")
                }
            }
        }
        decode(Self.streams[index])
    }

    @Test func `fixed forms never allocate, taking, refusing or writing`() {
        func count<M: FixedMessage>(_ type: M.Type, _ name: String) {
            var message = M()
            let storage = Self.storage
            defer { storage.deallocate() }
            for round in 0..<3_000 {
                let (seed, whole) = sample(name, round)
                var mutator = Mutator(seed: seed)
                let bytes = round % 2 == 0 ? whole : mutator.damage(whole)
                let count = Allocations.count {
                    _ = try? message.decode(bytes.span.bytes)
                    var span = MutableRawSpan(_unsafeBytes: storage)
                    _ = message.encode(into: &span)
                }
                #expect(count == 0 || round == 0, "seed \(seed) \(name)")
            }
        }
        count(FixedJointSetpoint<3>.self, "pons.v1.JointSetpoint")
        count(FixedWholeBodyState<3>.self, "pons.v1.WholeBodyState")
        count(FixedJointHealth<3>.self, "pons.v1.JointHealth")
    }
}
