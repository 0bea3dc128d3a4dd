extension TestDefinition {
    /// What a name of the test's expressions stands for: what `known` says, else the test's own `let`, which may name those
    /// above it. `nil` for a name that neither has.
    public func value(of name: String, known: @escaping (String) -> Quantity?) -> Quantity? {
        value(of: name, among: lets[...], known: known)
    }

    private func value(
        of name: String, among lets: ArraySlice<(name: String, value: StepArgument)>,
        known: @escaping (String) -> Quantity?
    ) -> Quantity? {
        if let quantity = known(name) { return quantity }
        guard let place = lets.lastIndex(where: { $0.name == name }), let text = lets[place].value.text else {
            return nil
        }
        return try? Formula.value(of: text) { value(of: $0, among: lets[..<place], known: known) }
    }
}
