/// An adapter program that did not start, ended, fell silent, or said what it must not.
public struct AdapterFailure: Error, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
