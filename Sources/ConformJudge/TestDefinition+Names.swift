extension TestDefinition {
    /// What a name of the test's expressions stands for: the test's own `let`, which may name those above it, else what `known`
    /// says, which may have to look through a whole run. `nil` for a name that neither has.
    public func value(of name: String, known: @escaping (String) -> Quantity?) -> Quantity? {
        value(of: name, among: lets[...], known: known)
    }

    private func value(
        of name: String, among lets: ArraySlice<(name: String, value: StepArgument)>,
        known: @escaping (String) -> Quantity?
    ) -> Quantity? {
        guard let place = lets.lastIndex(where: { $0.name == name }) else { return known(name) }
        guard let text = lets[place].value.text else { return nil }
        return try? Formula.value(of: text) { value(of: $0, among: lets[..<place], known: known) }
    }
}
