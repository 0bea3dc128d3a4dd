import ConformDriver
import ConformJudge
import Foundation
import PonsTransport

/// What a link is made to be: one of the profiles P0 to P6, or numbers of one's own, `loss=1 %,jitter=5 ms`.
enum LinkArgument {
    static let help = "P0 (loopback) to P6 (hostile), or numbers such as 'loss=1 %,jitter=5 ms'"

    private static let names = ["delay", "jitter", "loss", "reorder", "duplicate"]

    /// - Throws: ``Failure`` that names the part it could not read.
    static func profile(_ text: String) throws -> LinkProfile {
        if let profile = LinkProfile.named(text.uppercased()) { return profile }
        guard text.contains("=") else {
            throw Failure(
                "no link profile '\(text)'",
                hint:
                    "\(Suggestion.sentence(for: text, in: LinkProfile.all.map(\.name))) Or give \(names.joined(separator: ", ")), as in 'loss=1 %,jitter=5 ms'",
                code: .usage)
        }
        var profile = LinkProfile.own(named: text)
        var given: Set<String> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard sides.count == 2, names.contains(sides[0]) else {
                throw Failure(
                    "--link has no '\(sides.first ?? "")'",
                    hint: Suggestion.sentence(for: sides.first ?? "", in: names), code: .usage)
            }
            guard given.insert(sides[0]).inserted else {
                throw Failure("--link has \(sides[0]) twice", hint: "leave one out", code: .usage)
            }
            try set(sides[0], sides[1], in: &profile)
        }
        return profile
    }

    private static func set(_ name: String, _ text: String, in profile: inout LinkProfile) throws {
        switch name {
        case "delay": profile.baseNs = try time(name, text)
        case "jitter": profile.jitterNs = try time(name, text)
        case "loss": profile.loss = try share(name, text)
        case "reorder": profile.reorder = try share(name, text)
        default: profile.duplicate = try share(name, text)
        }
    }

    private static func time(_ name: String, _ text: String) throws -> Int64 {
        guard let quantity = quantity(text), quantity.dimension == .time, (0...10e9).contains(quantity.value) else {
            throw Failure(
                "\(name)=\(text) is no delay of a link", hint: "use 0 to 10 s with its unit, such as '5 ms'",
                code: .usage)
        }
        return Int64(quantity.value)
    }

    private static func share(_ name: String, _ text: String) throws -> Double {
        guard let quantity = quantity(text), quantity.dimension == .one, (0...0.9).contains(quantity.value) else {
            throw Failure(
                "\(name)=\(text) is no share of what is sent", hint: "use 0 to 90 %, such as '1 %'", code: .usage)
        }
        return quantity.value
    }

    private static func quantity(_ text: String) -> Quantity? {
        try? Formula.value(of: text) { _ in nil }
    }
}
