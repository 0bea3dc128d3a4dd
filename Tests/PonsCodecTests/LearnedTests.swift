import PonsMessages
import PonsReflection
import PonsViews
import PonsWire
import Testing

/// Learned views show and refuse what decoding does, whatever messages came before: the layout of an earlier one must never
/// be believed of a later one that has another.
@Suite struct LearnedTests {
    /// A sender: messages of one layout with other values, broken now and then by another layout or by damage.
    struct Sender {
        var random: Random
        let name: String
        var bytes: [UInt8] = []

        init(_ name: String, seed: UInt64) {
            self.name = name
            random = Random(seed: seed)
            change()
        }

        mutating func change() {
            var oddities = Sampler.Oddities(rawValue: Int(random.next() % 128))
            if random.next() % 2 == 0 { oddities = [] }
            var sampler = Sampler(seed: random.next(), oddities: oddities)
            bytes = sampler.message(name)
        }

        mutating func next() -> [UInt8] {
            switch random.next() % 16 {
            case 0: change()
            case 1:
                var mutator = Mutator(seed: random.next())
                return mutator.damage(bytes)
            default:
                // Most such changes meet a value; those that meet a tag or a length are the interesting ones.
                for _ in 0..<random.next() % 4 where !bytes.isEmpty {
                    bytes[Int(random.next() % UInt64(bytes.count))] ^= UInt8(1 << (random.next() % 8))
                }
            }
            return bytes
        }
    }

    @Test(arguments: 0..<4) func `setpoints look as they are decoded, whatever came before`(part: UInt64) {
        compare(LearnedJointSetpoint(), "JointSetpoint", part)
    }

    @Test(arguments: 0..<4) func `states look as they are decoded, whatever came before`(part: UInt64) {
        compare(LearnedWholeBodyState(), "WholeBodyState", part)
    }

    @Test(arguments: 0..<4) func `joint health looks as it is decoded, whatever came before`(part: UInt64) {
        compare(LearnedJointHealth(), "JointHealth", part)
    }

    private func compare<Memory: MatchableMemory & ~Copyable>(
        _ memory: consuming Memory, _ name: String, _ part: UInt64
    ) {
        var (same, refusals) = (0, 0)
        let seed = 0x1EA2_4ED + part
        var sender = Sender("pons.v1.\(name)", seed: seed)
        for round in 0..<20_000 {
            let bytes = sender.next()
            switch memory.matching(bytes) {
            case .same: same += 1
            case .bothRefuse:
                refusals += 1
                // A sender of nonsense would only be refused from here on.
                sender.change()
            case .inPieces: sender.change()
            case .different(let what):
                Issue.record("seed \(seed) round \(round) \(name): \(what), for \(Hex.text(bytes))")
                return
            }
        }
        #expect(same > 5_000)
        #expect(refusals > 500)
    }

    @Test func `a layout is believed once it was learned, and costs no allocation`() {
        var state = WholeBodyState()
        (state.sequence, state.position) = (1, [1, 2, 3])
        var memory = LearnedWholeBodyState()
        for sequence in 1..<10 as Range<UInt64> {
            state.sequence = sequence
            let bytes = state.encoded()
            let count = Allocations.count {
                do throws(WireError) {
                    guard let view = try memory.view(bytes.span.bytes) else { return }
                    if view.sequence != sequence || view.position[2] != 3 { Issue.record("sequence \(sequence)") }
                } catch { Issue.record("\(error)") }
            }
            #expect(count == 0 || sequence == 1)
        }
    }
}
