public import PonsMessages

/// Fields by number, generated for every message.
public protocol Reflective: WireMessage {
    static var fieldInfos: [FieldInfo] { get }
    /// The field's value, or `nil` when absent.
    func value(of number: UInt32) -> FieldValue?
    /// Sets a field; `nil` removes it.
    mutating func setValue(of number: UInt32, to value: FieldValue?) throws(ReflectionError)
}

/// What is known of a field by its declaration.
public struct FieldInfo: Equatable, Sendable {
    public let number: UInt32
    public let name: String
    /// Name of the unit, or empty.
    public let unit: String
    public let isRepeated: Bool
}

public enum ReflectionError: Error, Equatable, Sendable {
    case noSuchField
    case wrongType
}

extension Reflective {
    public static func field(named name: String) -> FieldInfo? { fieldInfos.first { $0.name == name } }

    /// The value at `lease.epoch` or `position[3]`, or `nil` when absent or unknown.
    public func value(at path: String) -> FieldValue? {
        if !path.utf8.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "[") }) {
            return Self.field(named: path).flatMap { value(of: $0.number) }
        }
        var current: FieldValue = .message(self)
        for part in path.split(separator: ".") {
            let pieces = part.split(separator: "[")
            guard case .message(let message) = current,
                let info = type(of: message).field(named: String(pieces[0])),
                let value = message.value(of: info.number)
            else { return nil }
            current = value
            if pieces.count == 2 {
                guard case .list(let elements) = current, let index = Int(pieces[1].dropLast()),
                    elements.indices.contains(index)
                else { return nil }
                current = elements[index]
            }
        }
        return current
    }

    /// Sets the field of that name; `nil` removes it.
    public mutating func set(_ name: String, to value: FieldValue?) throws(ReflectionError) {
        guard let info = Self.field(named: name) else { throw .noSuchField }
        try setValue(of: info.number, to: value)
    }
}
