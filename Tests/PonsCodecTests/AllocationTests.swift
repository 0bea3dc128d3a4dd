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
        JointSetpoint.self, WholeBodyState.self, JointHealth.self, Heartbeat.self,
    ]

    /// Messages with names of frames and resources, and with messages inside: kept as long as they stay the same.
    private static let named: [any WireMessage.Type] = [
        BaseSetpoint.self, BaseState.self, GripperSetpoint.self, GripperState.self, PlanNode.self, Image.self,
    ]

    private static var storage: UnsafeMutableRawBufferPointer {
        .allocate(byteCount: 1 << 20, alignment: 64)
    }

    private func sample(_ name: String, _ round: Int) -> (seed: UInt64, bytes: [UInt8]) {
        let seed = UInt64(round) + 0xA110C
        var sampler = Sampler(seed: seed, oddities: [])
        return (seed, sampler.message(name))
    }

    /// A message without what is made anew each time: a vendor's extension, whose place is emptied by a refusal, and the
    /// text of a parameter.
    private static func plain<M: WireMessage>(_ bytes: [UInt8], _: M.Type) -> [UInt8]? {
        guard let message = try? M(decoding: bytes) else { return nil }
        if var setpoint = message as? JointSetpoint {
            setpoint.extension = nil
            return setpoint.encoded()
        }
        if var node = message as? PlanNode {
            forgetTexts(&node)
            return node.encoded()
        }
        return message.encoded()
    }

    private static func forgetTexts(_ node: inout PlanNode) {
        for index in node.parameters.indices {
            if case .number? = node.parameters[index].value { continue }
            node.parameters[index].value = nil
        }
        for index in node.children.indices { forgetTexts(&node.children[index]) }
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

    /// What decoding the bytes once more allocates, and how it ended.
    private func again<M: WireMessage>(_ bytes: [UInt8], _ message: inout M) -> (count: Int, outcome: String) {
        _ = try? message.decode(replacing: bytes.span.bytes)
        var refusal: WireError?
        let count = Allocations.count {
            do throws(WireError) { try message.decode(replacing: bytes.span.bytes) } catch { refusal = error }
        }
        return (count, refusal.map { "refused: \($0)" } ?? "taken")
    }

    @Test(arguments: 0..<streams.count) func `a stream is decoded and refused in the storage it has`(index: Int) {
        func decode<M: WireMessage>(_ type: M.Type) {
            var message = M()
            for round in 0..<500 {
                let (seed, whole) = sample("pons.v1.\(M.name)", round)
                guard let plain = Self.plain(whole, type) else { continue }
                var mutator = Mutator(seed: seed)
                for bytes in [plain, mutator.damage(plain)] {
                    let (count, outcome) = again(bytes, &message)
                    #expect(count == 0, "seed \(seed) \(M.name), \(outcome): \(Hex.text(bytes))")
                }
            }
        }
        decode(Self.streams[index])
    }

    @Test(arguments: 0..<named.count) func `names and nested messages that stay the same keep their storage`(index: Int)
    {
        func decode<M: WireMessage>(_ type: M.Type) {
            var message = M()
            for round in 0..<500 {
                let (seed, whole) = sample("pons.v1.\(M.name)", round)
                guard let plain = Self.plain(whole, type) else { continue }
                let (count, outcome) = again(plain, &message)
                #expect(count == 0, "seed \(seed) \(M.name), \(outcome): \(Hex.text(plain))")
            }
        }
        decode(Self.named[index])
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

    @Test func `a head with the payload behind it is the message, and the payload is not copied`() throws {
        func check<M: PayloadMessage>(_ type: M.Type) throws {
            let storage = Self.storage
            defer { storage.deallocate() }
            // What the runtime makes for itself at the first use of a type is not counted.
            _ = M().encodeHead(endOf: MutableRawSpan(_unsafeBytes: storage))
            for round in 0..<500 {
                let (seed, bytes) = sample("pons.v1.\(M.name)", round)
                guard let message = try? M(decoding: bytes) else { continue }
                var head: Range<Int>?
                let count = Allocations.count {
                    head = message.encodeHead(endOf: MutableRawSpan(_unsafeBytes: storage))
                }
                let place = try #require(head)
                #expect(count == 0 && place.count < 2_000 + message.unknownFields.bytes.count, "seed \(seed)")
                // Bytes, because NaN is not equal to itself.
                let whole = try M(decoding: Array(storage[place]) + message.payload)
                #expect(whole.encoded() == message.encoded(), "seed \(seed)")
                if place.isEmpty { continue }
                let room = UnsafeMutableRawBufferPointer(rebasing: storage[..<(place.count - 1)])
                #expect(message.encodeHead(endOf: MutableRawSpan(_unsafeBytes: room)) == nil, "seed \(seed)")
            }
        }
        try check(Image.self)
        try check(PointCloud.self)
        try check(BulkChunk.self)
    }
}
