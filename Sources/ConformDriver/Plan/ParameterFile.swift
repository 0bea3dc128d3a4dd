import ConformJudge
public import PonsMessages

/// `ixit.yaml`: which joint may move, which camera is looked at.
public enum ParameterFile {
    /// Reads the names a vendor has chosen, by parameter. Whether the robot has them is said by ``ParameterSet``.
    public static func read(_ source: String, file: String, _ catalogue: Catalogue) throws(DefinitionError)
        -> (chosen: [String: String], digest: String)
    {
        let document = DefinitionLoader.Document(file: file, source: source)
        let root = try document.parse()
        let names = catalogue.parameters.map(\.id)
        try document.check(keys: root, allowed: ["schema"] + names)
        guard root["schema"]?.text == "pons.ixit/1" else {
            throw document.error(root["schema"] ?? root, "schema must be pons.ixit/1", "conform init writes one")
        }
        var chosen: [String: String] = [:]
        for name in names { chosen[name] = root[name]?.text }
        return (chosen, Digest.text(of: source))
    }

    /// Parameters for a robot, with a first choice for each and what else there would be.
    public static func template(_ catalogue: Catalogue, _ descriptor: Descriptor) -> String {
        let set = ParameterSet(catalogue.parameters, descriptor: descriptor)
        var lines = [
            "# What the tests need to know about this robot and its cell (IXIT).",
            "# Written by conform init. Look at every joint: it must be free to move as the text says.",
            "schema: pons.ixit/1",
        ]
        for parameter in catalogue.parameters {
            let choices = parameter.choices(in: descriptor)
            lines.append("# \(parameter.text["en"] ?? "")")
            guard let name = set.names[parameter.id] else {
                lines.append("# \(parameter.id):   (this robot has none)")
                continue
            }
            let others = choices.filter { $0 != name }.prefix(8)
            lines.append(
                "\(parameter.id): \(name)" + (others.isEmpty ? "" : "  # or \(others.joined(separator: ", "))"))
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
