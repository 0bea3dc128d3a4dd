/// A file of the suite is wrong: where, what, and how to mend it; with the line and a caret under it.
public struct DefinitionError: Error, CustomStringConvertible, Sendable {
    public let file: String
    public let line: Int
    public let column: Int
    public let message: String
    public let hint: String
    private let sourceLine: String

    public init(file: String, line: Int, column: Int, message: String, hint: String = "", source: String = "") {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.hint = hint
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        sourceLine = line > 0 && line <= lines.count ? String(lines[line - 1]) : ""
    }

    public var description: String {
        var text = "\(file):\(line):\(column): \(message)"
        if !sourceLine.isEmpty {
            text += "\n    \(sourceLine)\n    \(String(repeating: " ", count: max(0, column - 1)))^"
        }
        return hint.isEmpty ? text : text + "\n  \(hint)"
    }
}
