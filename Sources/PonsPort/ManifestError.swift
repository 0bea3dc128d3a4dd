/// A manifest that can't be believed: what is wrong, where, and what to write instead.
public struct ManifestError: Error, Equatable, CustomStringConvertible {
    public let file: String
    /// From 1; `nil` where it is about the whole file.
    public let line: Int?
    public let message: String
    public let hint: String

    public init(file: String, line: Int?, message: String, hint: String) {
        self.file = file
        self.line = line
        self.message = message
        self.hint = hint
    }

    public var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(message); \(hint)" }
}
