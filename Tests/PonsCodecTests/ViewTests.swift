import PonsMessages
import PonsReflection
import PonsWire
import Testing

/// Views show what decoding gives, and refuse what it refuses, for the same reason at the same place.
@Suite struct ViewTests {
    private func record(_ name: String, _ seed: UInt64, _ bytes: [UInt8], _ what: String) {
        Issue.record("seed \(seed) \(name): \(what), for \(Hex.text(bytes))")
    }

    @Test func `there is a view of every message`() {
        #expect(Set(Matching.all.keys.map { "pons.v1.\($0)" }) == Set(Schema.shared.names))
    }

    @Test(arguments: 0..<6) func `legal messages look as they are decoded`(part: UInt64) {
        var (shown, inPieces) = (0, 0)
        for round in 0..<10_000 {
            let seed = part * 10_000 + UInt64(round) + 0x11E0
            let name = Schema.shared.names[round % Schema.shared.names.count]
            var oddities = Sampler.Oddities(rawValue: round / Schema.shared.names.count % 128)
            if part < 3 { oddities.subtract([.merges, .unpacked]) }
            var sampler = Sampler(seed: seed, oddities: oddities)
            let bytes = sampler.message(name)
            switch Matching.all[String(name.dropFirst(8))]!(bytes) {
            case .same: shown += 1
            case .inPieces where part >= 3 || oddities.contains(.repeats): inPieces += 1
            case .bothRefuse where DifferentialTests.types[name]!.isStrict: continue
            case let other: return record(name, seed, bytes, "\(other)")
            }
        }
        #expect(shown > 7_000)
        #expect(part < 3 || inPieces > 100)
    }

    @Test(arguments: 0..<6) func `damaged messages are refused for the same reason`(part: UInt64) {
        var refused = 0
        for round in 0..<10_000 {
            let seed = part * 10_000 + UInt64(round) + 0xDA3A6E
            let name = Schema.shared.names[round % Schema.shared.names.count]
            var sampler = Sampler(seed: seed, oddities: .init(rawValue: round % 128))
            var mutator = Mutator(seed: seed)
            let bytes = mutator.damage(sampler.message(name))
            switch Matching.all[String(name.dropFirst(8))]!(bytes) {
            case .bothRefuse: refused += 1
            case .same, .inPieces: continue
            case let other: return record(name, seed, bytes, "\(other)")
            }
        }
        #expect(refused > 1_000)
    }

    @Test func `an element behind a payload larger than unknown fields may be is found`() {
        var field = PointField()
        field.name = "x"
        var (first, payload, second) = (PointCloud(), PointCloud(), PointCloud())
        first.fields = [field]
        payload.payload = Array(repeating: 7, count: WireLimits.unknownBytes + 1)
        field.name = "y"
        second.fields = [field]
        let bytes = first.encoded() + payload.encoded() + second.encoded()
        #expect(Matching.all["PointCloud"]!(bytes) == .same)
    }

    @Test func `every golden vector looks as it is decoded`() {
        for vector in Vector.all {
            let answer = Matching.all[vector.message]!(Hex.bytes(vector.bytes)!)
            switch answer {
            case .same, .inPieces: #expect(vector.accept, "\(vector.testDescription)")
            case .bothRefuse: #expect(!vector.accept, "\(vector.testDescription)")
            case .different(let what): Issue.record("\(vector.testDescription): \(what)")
            }
        }
    }
}
