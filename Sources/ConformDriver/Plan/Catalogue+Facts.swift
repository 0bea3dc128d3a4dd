public import ConformJudge
public import PonsMessages

extension Catalogue {
    /// What a robot shows of itself, as a statement nobody has signed.
    public func discovered(from descriptor: Descriptor) -> ConformanceStatement {
        var statement = ConformanceStatement()
        for item in items { statement.answers[item.id] = item.shown(in: descriptor) }
        return statement
    }

    /// Items a profile needs, of those that come with it as well, which a statement doesn't have.
    func missing(for profile: String, in statement: ConformanceStatement) -> [String] {
        needs(of: profile).filter { statement.answer($0).holds == false }
    }

    /// Items that products of a profile must have, with those of the profiles that come with it.
    public func needs(of profile: String) -> [String] {
        let profiles = profiles(of: [profile])
        return items.filter { $0.mandatoryFor.contains(where: profiles.contains) }.map(\.id)
    }

    /// What was declared, beside what the robot shows (DSC-13): items of a statement in both directions, and claims.
    public func facts(_ statement: ConformanceStatement, _ descriptor: Descriptor) -> [String: [DeclaredFact]] {
        let shown = discovered(from: descriptor)
        var compared: [DeclaredFact] = []
        if !statement.isDiscovered {
            compared = product(statement, descriptor)
            for item in items {
                let (declared, seen) = (statement.answer(item.id), shown.answer(item.id))
                if declared == .ask || seen == .ask { continue }
                compared.append(
                    DeclaredFact(
                        subject: item.id, declared: "\(declared.text) in the statement",
                        shown: "the robot shows \(seen.text)", agrees: Self.agree(declared, seen)))
            }
        }
        let claims =
            descriptor.claims.map { ($0.profile, $0.level, "claimed by the robot") }
            + statement.claims.map { claim in
                let parts = claim.split(separator: "/").map(String.init)
                return (parts[0], parts.count > 1 ? parts[1] : "", "claimed in the statement")
            }
        return ["items": compared, "claims": claims.map { fact($0.0, $0.1, $0.2, shown, descriptor) }]
    }

    private func product(_ statement: ConformanceStatement, _ descriptor: Descriptor) -> [DeclaredFact] {
        let own = [
            "vendor": descriptor.vendor, "model": descriptor.model, "hardware": descriptor.hardwareVersion,
            "firmware": descriptor.firmwareVersion,
        ]
        return statement.product.sorted { $0.key < $1.key }.compactMap { key, value in
            own[key].map { name in
                DeclaredFact(
                    subject: "product.\(key)", declared: "'\(value)' in the statement",
                    shown: "the robot says '\(name)'", agrees: name == value)
            }
        }
    }

    private static func agree(_ declared: Answer, _ shown: Answer) -> Bool {
        if case .value(let promise) = declared, case .value(let value) = shown {
            return promise.dimension == value.dimension && abs(promise.value - value.value) <= abs(value.value) * 1e-6
        }
        return declared.holds == shown.holds
    }

    private func fact(
        _ profile: String, _ level: String, _ who: String, _ shown: ConformanceStatement, _ descriptor: Descriptor
    ) -> DeclaredFact {
        let name = level.isEmpty ? profile : "\(profile)/\(level)"
        func no(_ why: String) -> DeclaredFact {
            DeclaredFact(subject: name, declared: who, shown: why, agrees: false)
        }
        guard self.profile(profile) != nil else { return no("there is no such profile") }
        if !level.isEmpty {
            guard let claimed = AssuranceLevel(rawValue: level) else { return no("there is no level '\(level)'") }
            if descriptor.simulator && claimed > .interoperable {
                return no("a simulator reaches L1 at most")
            }
        }
        let missing = missing(for: profile, in: shown)
        if !missing.isEmpty { return no("the robot shows no \(missing.joined(separator: ", no "))") }
        return DeclaredFact(subject: name, declared: who, shown: "the robot shows what it needs", agrees: true)
    }
}
