import Foundation
import PonsTransport
import Testing

@Suite("Impaired links")
struct LinkProfileTests {
    @Test func theSpecificationNamesTheNumbersThatAreUsed() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "Spec/v1/prose/LNK.md"), encoding: .utf8)
        func milliseconds(_ ns: Int64) -> String { "\(Self.short(Double(ns) / 1e6)) ms" }
        func percent(_ share: Double) -> String { share == 0 ? "0" : "\(Self.short(share * 100)) %" }
        for profile in LinkProfile.all {
            let burst = profile.burst
            let loss =
                percent(profile.loss) + (burst == 1...1 ? "" : ", \(burst.lowerBound) to \(burst.upperBound) in a row")
            let outage = profile.outage.map {
                "\($0.lengthNs < 1_000_000_000 ? milliseconds($0.lengthNs) : "\($0.lengthNs / 1_000_000_000) s") every \($0.periodNs / 1_000_000_000) s"
            }
            let row =
                "| \(profile.name) | \(profile.english) | \(milliseconds(profile.baseNs)) | \(milliseconds(profile.jitterNs)) | \(loss) | \(percent(profile.reorder)) | \(percent(profile.duplicate)) | \(outage ?? "–") |"
            #expect(text.contains(row), "LNK.md has no row: \(row)")
        }
    }

    private static func short(_ value: Double) -> String {
        String(format: "%.4g", value)
    }

    @Test(arguments: LinkProfile.all.map(\.name), [1, 2, 3] as [UInt64])
    func delaysAndLossesAreThoseOfTheProfile(name: String, seed: UInt64) throws {
        let profile = try #require(LinkProfile.named(name))
        var model = LinkModel(profile, .datagrams, seed: seed)
        var delays: [Double] = []
        var lost = 0, doubled = 0
        let count = 40_000
        for index in 0..<count {
            // Far apart, so that nothing waits for the one before it, and in no rhythm that outages might share.
            let now = Int64(index) * 997_000_003
            let arrivals = model.arrivals(of: now)
            if arrivals.isEmpty { lost += 1 } else { delays.append(Double(arrivals[0] - now)) }
            if arrivals.count > 1 { doubled += 1 }
        }
        delays.sort()
        let outage = profile.outage.map { Double($0.lengthNs) / Double($0.periodNs) } ?? 0
        let expected = profile.loss + outage
        // Bursts make losses clump: three standard deviations of the burst count.
        let spread = 3 * (expected * Double(profile.burst.upperBound) / Double(count)).squareRoot() + 1e-4
        #expect(abs(Double(lost) / Double(count) - expected) < spread, "seed \(seed)")
        #expect(abs(Double(doubled) / Double(count) - profile.duplicate * (1 - expected)) < 0.01, "seed \(seed)")
        #expect((delays.first ?? 0) >= Double(profile.baseNs))
        let limit = Double(profile.baseNs + profile.jitterNs)
        let late = Double(delays.count { $0 > limit }) / Double(delays.count)
        // One in a hundred, and those that were overtaken on purpose.
        #expect(late < 0.013 + profile.reorder && late > 0.007, "seed \(seed): \(late)")
    }

    @Test(arguments: LinkProfile.all.map(\.name))
    func aStreamLosesNothingAndKeepsItsOrder(name: String) throws {
        let profile = try #require(LinkProfile.named(name))
        var model = LinkModel(profile, .stream, seed: 9)
        var last: Int64 = 0
        for index in 0..<20_000 {
            let now = Int64(index) * 2_000_000
            let arrivals = model.arrivals(of: now)
            #expect(arrivals.count == 1)
            #expect(arrivals[0] >= last && arrivals[0] >= now + profile.baseNs)
            last = arrivals[0]
            let cuts = model.cuts(of: 100)
            #expect(cuts.allSatisfy { (1..<100).contains($0) } && cuts == cuts.sorted())
            #expect(profile.refragments || cuts.isEmpty)
        }
    }

    @Test func theSeedGivesTheHistory() throws {
        let profile = try #require(LinkProfile.named("P4"))
        func history(_ seed: UInt64) -> [[Int64]] {
            var model = LinkModel(profile, .datagrams, seed: seed)
            return (0..<500).map { model.arrivals(of: Int64($0) * 10_000_000) }
        }
        #expect(history(5) == history(5))
        #expect(history(5) != history(6))
    }
}
