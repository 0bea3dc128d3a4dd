/// A program that did not start, ended, fell silent, or said what it must not.
public struct ProgramFailure: Error, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
