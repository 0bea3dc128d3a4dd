import PonsMessages
import PonsReflection
import PonsWire
import Testing

/// A value that is decoded into again holds the new message and nothing of the old one.
@Suite struct ReplacingTests {
    private static func difference<M: WireMessage>(_ old: [UInt8], _ new: [UInt8], _: M.Type) -> String? {
        var fresh: M?
        var refusal: WireError?
        do throws(WireError) { fresh = try M(decoding: new) } catch { refusal = error }
        var used = M()
        _ = try? used.decode(replacing: old.span.bytes)
        do throws(WireError) { try used.decode(replacing: new.span.bytes) } catch {
            guard error == refusal else { return "refused with \(error)" }
            return used == M() ? nil : "something is left of a refused message"
        }
        guard let fresh else { return "accepted, though a fresh value refuses it: \(refusal!)" }
        // Bytes, not values: a NaN is not equal to itself.
        return used.encoded() == fresh.encoded() ? nil : "something of the old message is left"
    }

    @Test(arguments: 0..<4) func `what was there before leaves no trace`(part: UInt64) {
        for round in 0..<10_000 {
            let seed = part * 10_000 + UInt64(round) + 0x4E9
            let name = Schema.shared.names[round % Schema.shared.names.count]
            var sampler = Sampler(seed: seed, oddities: .init(rawValue: round / Schema.shared.names.count % 128))
            let (old, whole) = (sampler.message(name), sampler.message(name))
            var mutator = Mutator(seed: seed)
            let new = part == 3 ? mutator.damage(whole) : whole
            guard let found = Self.difference(old, new, DifferentialTests.types[name]!) else { continue }
            Issue.record("seed \(seed) \(name): \(found), for \(Hex.text(new)) after \(Hex.text(old))")
            return
        }
    }
}
