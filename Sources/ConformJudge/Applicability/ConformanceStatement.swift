/// The implementation conformance statement (ICS) of a product: which items it has, and which profiles it claims.
public struct ConformanceStatement: Sendable {
    /// Vendor, model, hardware and firmware as the vendor writes them.
    public var product: [String: String]
    /// Profiles or bundles, with or without a level: `CORE`, `industrial/L1`.
    public var claims: [String]
    public var answers: [String: Answer]
    /// SHA-256 of the file, hex; empty where the robot's own description stands for a statement.
    public var digest: String

    public init(
        product: [String: String] = [:], claims: [String] = [], answers: [String: Answer] = [:], digest: String = ""
    ) {
        self.product = product
        self.claims = claims
        self.answers = answers
        self.digest = digest
    }

    /// Nobody has written one: the robot's description stands for it.
    public var isDiscovered: Bool { digest.isEmpty }

    public func answer(_ id: String) -> Answer { answers[id] ?? .ask }

    /// What is wrong with it by itself: items that need each other, items a claimed profile needs, items left open.
    ///
    /// - Parameter isComplete: whether every item must be answered, as certification needs.
    public func problems(_ items: [StatementItem], profiles: Set<String>, isComplete: Bool) -> [String] {
        var problems: [String] = []
        for item in items {
            let answer = answer(item.id)
            if isComplete && answer == .ask { problems.append("\(item.id) is not answered: yes, no or a value") }
            if answer.holds == false, let profile = item.mandatoryFor.first(where: profiles.contains) {
                problems.append("\(item.id) is no, but profile \(profile) needs it")
            }
            guard answer.holds == true else { continue }
            for other in item.requires where self.answer(other).holds == false {
                problems.append("\(item.id) is yes, but needs \(other), which is no")
            }
            for other in item.excludes where self.answer(other).holds == true {
                problems.append("\(item.id) and \(other) can't both be yes")
            }
        }
        return problems
    }
}
