import ConformJudge
public import PonsMessages

/// The values of all test parameters for one robot: what a file names, what the description offers for the rest.
public struct ParameterSet: Sendable {
    /// Name by parameter, as people write it.
    public private(set) var names: [String: String] = [:]
    /// SHA-256 of the file, hex; empty without one.
    public let digest: String
    /// What is wrong, in sentences.
    public private(set) var problems: [String] = []

    /// - Parameter chosen: what the vendor's file says; its digest is kept for the report.
    public init(
        _ parameters: [TestParameter], chosen: [String: String] = [:], digest: String = "", descriptor: Descriptor
    ) {
        self.digest = digest
        var taken = Set(chosen.values)
        for parameter in parameters {
            let choices = parameter.choices(in: descriptor)
            if let name = chosen[parameter.id], name != "ask" {
                if choices.contains(name) {
                    names[parameter.id] = name
                } else {
                    problems.append(
                        "\(parameter.id): the robot has no such \(parameter.kind.rawValue) '\(name)'; \(Suggestion.sentence(for: name, in: choices))"
                    )
                }
                continue
            }
            guard let name = parameter.choice(in: descriptor, except: taken) else { continue }
            names[parameter.id] = name
            taken.insert(name)
        }
        let known = parameters.map(\.id)
        for id in chosen.keys.sorted() where !known.contains(id) {
            problems.append("'\(id)' is no parameter; \(Suggestion.sentence(for: id, in: known))")
        }
    }

    /// As tests see them.
    public func values(_ parameters: [TestParameter], _ descriptor: Descriptor) -> [String: String] {
        var values: [String: String] = [:]
        for parameter in parameters {
            values[parameter.id] = names[parameter.id].map { parameter.value(of: $0, in: descriptor) }
        }
        return values
    }
}
