import PonsMessages
import PonsReflection
import PonsViews
import PonsWire
import Testing

/// No message, however deep or damaged, takes a decoder deep into the stack: 16 KB are enough for all of them.
@Suite(.enabled(if: Stack.isOptimised, "without optimisation every value has a place on the stack"))
struct StackTests {
    private static let limit = 16_384

    /// Plan nodes one inside the other; in any order but the usual one, a decoder takes its general path.
    private func plan(depth: Int, isUsual: Bool) -> [UInt8] {
        var node: [UInt8] = [0x0A, 1, 0x61, 0x10, 1]
        for _ in 1..<depth {
            let child = [0x2A] + varint(node.count) + node
            let rest: [UInt8] = [0x0A, 1, 0x61, 0x10, 2]
            node = isUsual ? rest + child : child + rest
        }
        return [0x52] + varint(node.count) + node
    }

    private func varint(_ value: Int) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F | 0x80)] + varint(value >> 7)
    }

    private func owned(_ bytes: [UInt8]) -> Int {
        Stack.depth { _ = try? TaskRequest(decoding: bytes) }
    }

    private func view(_ bytes: [UInt8]) -> Int {
        Stack.depth { _ = try? TaskRequestView(bytes.span.bytes) != nil }
    }

    @inline(never) private static func fill(_ bytes: UnsafeMutableRawBufferPointer) {
        for index in bytes.indices { unsafe bytes[index] = UInt8(truncatingIfNeeded: index) }
    }

    @Test func `the measure sees a kilobyte`() {
        let small = Stack.depth {}
        let large = Stack.depth {
            withUnsafeTemporaryAllocation(byteCount: 1000, alignment: 1) { unsafe Self.fill($0) }
        }
        #expect(small < 512)
        #expect(large - small >= 900 && large - small < 1500, "\(small) and \(large)")
    }

    @Test(arguments: [2, 15, 16, 17, 1000], [true, false])
    func `trees of any depth`(depth: Int, isUsual: Bool) {
        let bytes = plan(depth: depth, isUsual: isUsual)
        let used = (owned: owned(bytes), view: view(bytes))
        print("stack: plan of \(depth) levels, owned \(used.owned) bytes, view \(used.view) bytes")
        #expect(used.owned > 0 && used.owned <= Self.limit)
        #expect(used.view > 0 && used.view <= Self.limit)
    }

    @Test func `messages of every type, legal and damaged`() {
        var deepest: [String: Int] = [:]
        for (index, name) in Schema.shared.names.enumerated() {
            for round in 0..<12 {
                let seed = UInt64(index * 100 + round) + 0x57AC
                var sampler = Sampler(seed: seed, oddities: .init(rawValue: round * 11 % 128))
                var mutator = Mutator(seed: seed)
                let whole = sampler.message(name)
                let bytes = round % 2 == 0 ? whole : mutator.damage(whole)
                let used = Stack.depth { _ = try? DifferentialTests.types[name]!.init(decoding: bytes) }
                deepest[name] = max(deepest[name] ?? 0, used)
                #expect(used <= Self.limit, "seed \(seed) \(name): \(Hex.text(bytes))")
            }
        }
        let (name, used) = deepest.max { $0.value < $1.value }!
        print("stack: deepest of all messages is \(name), \(used) bytes")
    }
}
