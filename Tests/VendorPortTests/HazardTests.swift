import ConformDriver
import ConformJudge
import Foundation
import PonsPort
import PonsSimulator
import Testing
import VendorPorts

/// The table of hazards names only what there is.
@Suite struct HazardTests {
    private func rows() throws -> [[String]] {
        let text = try String(
            contentsOf: try Suite.locate(nil).appending(path: "Vendors/HAZARDS.md"), encoding: .utf8)
        return text.split(separator: "\n").filter { $0.hasPrefix("| H") }.map { line in
            line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    /// The parts of a cell, without what stands between them.
    private func parts(_ cell: String, by separator: Character) -> [String] {
        cell.split(separator: separator).map { $0.trimmingCharacters(in: .whitespaces) }.filter { $0 != "–" }
    }

    /// The names that follow a word: `mistake a, b; trap c`.
    private func names(in cell: String, after word: String) -> [String] {
        var names: [String] = []
        for part in parts(cell, by: ";") where part.hasPrefix(word + " ") {
            for name in parts(String(part.dropFirst(word.count)), by: ",") {
                let first = name.split(separator: " ").first.map(String.init) ?? ""
                if !["on", "the"].contains(first) { names.append(first) }
            }
        }
        return names
    }

    @Test func `every hazard names requirements, ports and plants that exist`() throws {
        let suite = try Suite(root: try Suite.locate(nil))
        let known = Set(suite.tests.flatMap(\.requirements)).union(suite.exclusions.keys)
        let rows = try rows()
        #expect(rows.map { $0[0] } == (1...25).map { "H\($0)" })
        for row in rows {
            for requirement in parts(row[2], by: ",") {
                #expect(known.contains(requirement), "\(row[0]): \(requirement)")
            }
            for port in parts(row[3], by: ",") { #expect(VendorPorts.ids.contains(port), "\(row[0]): \(port)") }
            for mistake in names(in: row[4], after: "mistake") {
                #expect(AdapterMistake(rawValue: mistake) != nil, "\(row[0]): \(mistake)")
            }
            for trap in names(in: row[4], after: "trap") {
                #expect(AdapterTrial.Trap(rawValue: trap) != nil, "\(row[0]): \(trap)")
            }
            for mutant in names(in: row[4], after: "mutant") where mutant.contains("-") {
                #expect(suite.mutants.contains { $0.id == mutant }, "\(row[0]): \(mutant)")
            }
        }
    }

    @Test func `every planted mistake belongs to a hazard, or to how a port stops and clamps`() throws {
        let named = Set(try rows().flatMap { names(in: $0[4], after: "mistake") })
        let others: Set = ["gravity-reversed", "clamped-targets"]
        #expect(named.union(others) == Set(AdapterMistake.allCases.map(\.rawValue)))
    }
}
