import Yams

/// One value of a manifest with its place in the file: every complaint says where.
struct ManifestNode {
    let file: String
    private let node: Node

    init(parsing source: String, file: String) throws(ManifestError) {
        do {
            guard let node = try Yams.compose(yaml: source) else {
                throw ManifestError(file: file, line: nil, message: "the file is empty", hint: "write a manifest")
            }
            self.init(node, file)
        } catch let error as ManifestError {
            throw error
        } catch {
            throw ManifestError(
                file: file, line: nil, message: "not YAML: \(error)", hint: "mend the syntax at the place shown")
        }
    }

    private init(_ node: Node, _ file: String) {
        self.node = node
        self.file = file
    }

    func error(_ message: String, _ hint: String) -> ManifestError {
        ManifestError(file: file, line: node.mark?.line, message: message, hint: hint)
    }

    /// The mapping's value; unknown keys are no keys.
    func mapping(of what: String, keys allowed: [String]) throws(ManifestError) -> [String: ManifestNode] {
        guard let mapping = node.mapping else { throw error("\(what) must be a mapping", "write key: value") }
        var values: [String: ManifestNode] = [:]
        for (key, value) in mapping {
            let name = key.string ?? ""
            guard allowed.contains(name) else {
                throw ManifestNode(key, file).error(
                    "\(what) has no '\(name)'", "known are \(allowed.joined(separator: ", "))")
            }
            values[name] = ManifestNode(value, file)
        }
        return values
    }

    func list(of what: String) throws(ManifestError) -> [ManifestNode] {
        guard let sequence = node.sequence else {
            throw error("\(what) must be a list", "write [a, b] or lines with -")
        }
        return sequence.map { ManifestNode($0, file) }
    }

    func text(of what: String) throws(ManifestError) -> String {
        guard let text = node.string, !text.isEmpty else { throw error("\(what) must be a text", "write it") }
        return text
    }

    func number(of what: String) throws(ManifestError) -> Double {
        guard let number = node.float ?? node.int.map(Double.init), number.isFinite else {
            throw error("\(what) must be a finite number", "what is unknown belongs under unknown:, never in a number")
        }
        return number
    }

    /// Whether it says that nobody knows.
    var isUnknown: Bool { node.string == "unknown" }

    func truth(of what: String) throws(ManifestError) -> Bool {
        guard let truth = node.bool else { throw error("\(what) must be true or false", "write true or false") }
        return truth
    }

    func choice(of what: String, _ choices: [String]) throws(ManifestError) -> String {
        let text = try text(of: what)
        guard choices.contains(text) else {
            throw error("\(what) can't be '\(text)'", "use \(choices.joined(separator: ", "))")
        }
        return text
    }
}
