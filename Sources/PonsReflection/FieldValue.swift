import PonsMessages
import PonsVocabulary

/// A field's value, whatever its type.
public indirect enum FieldValue: Equatable, Sendable {
    case integer(Int64)
    case unsigned(UInt64)
    case number(Double)
    case flag(Bool)
    case text(String)
    case bytes([UInt8])
    /// A name of an enumeration and its number.
    case name(String, Int32)
    case list([FieldValue])
    case message(any Reflective)
    /// Fields by name, for building a message.
    case fields([String: FieldValue])

    public static func == (left: FieldValue, right: FieldValue) -> Bool {
        switch (left, right) {
        case (.integer(let a), .integer(let b)): a == b
        case (.unsigned(let a), .unsigned(let b)): a == b
        case (.integer(let a), .unsigned(let b)), (.unsigned(let b), .integer(let a)): a >= 0 && UInt64(a) == b
        case (.number(let a), .number(let b)): a == b
        case (.flag(let a), .flag(let b)): a == b
        case (.text(let a), .text(let b)): a == b
        case (.bytes(let a), .bytes(let b)): a == b
        case (.name(let a, let i), .name(let b, let j)): a == b && i == j
        case (.list(let a), .list(let b)): a == b
        case (.message(let a), .message(let b)):
            a.encoded() == b.encoded() && type(of: a).name.description == type(of: b).name.description
        case (.fields(let a), .fields(let b)): a == b
        default: false
        }
    }

    /// The value as a number, where it is one.
    public var asDouble: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .number(let value): value
        case .flag(let value): value ? 1 : 0
        default: nil
        }
    }

    public var asInteger: Int64? {
        switch self {
        case .integer(let value): value
        case .unsigned(let value): Int64(exactly: value)
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }
}

/// A type that a field can hold.
protocol FieldConvertible {
    var fieldValue: FieldValue { get }
    init?(_ value: FieldValue)
}

func convert<T: FieldConvertible>(_ value: FieldValue) throws(ReflectionError) -> T {
    guard let converted = T(value) else { throw .wrongType }
    return converted
}

func convert<T: FieldConvertible>(_ value: FieldValue) throws(ReflectionError) -> [T] {
    guard case .list(let elements) = value else { throw .wrongType }
    var result: [T] = []
    for element in elements { result.append(try convert(element)) }
    return result
}

func convert(_ value: FieldValue) throws(ReflectionError) -> [UInt8] {
    guard case .bytes(let bytes) = value else { throw .wrongType }
    return bytes
}

func convert<E: WireEnum>(_ value: FieldValue) throws(ReflectionError) -> E {
    switch value {
    case .name(_, let number): return E(rawValue: number)
    case .integer(let number): return E(rawValue: Int32(truncatingIfNeeded: number))
    case .unsigned(let number): return E(rawValue: Int32(truncatingIfNeeded: number))
    case .text(let label):
        guard let named = E.named.first(where: { "\($0.label)" == label }) else { throw .wrongType }
        return named
    default: throw .wrongType
    }
}

func convert<E: WireEnum>(_ value: FieldValue) throws(ReflectionError) -> [E] {
    guard case .list(let elements) = value else { throw .wrongType }
    var result: [E] = []
    for element in elements { result.append(try convert(element)) }
    return result
}

func convert<M: Reflective>(_ value: FieldValue) throws(ReflectionError) -> M {
    switch value {
    case .message(let message):
        guard let message = message as? M else { throw .wrongType }
        return message
    case .fields(let fields):
        var message = M()
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) { try message.set(name, to: value) }
        return message
    default: throw .wrongType
    }
}

func convert<M: Reflective>(_ value: FieldValue) throws(ReflectionError) -> [M] {
    guard case .list(let elements) = value else { throw .wrongType }
    var result: [M] = []
    for element in elements { result.append(try convert(element)) }
    return result
}

extension Int32: FieldConvertible {
    var fieldValue: FieldValue { .integer(Int64(self)) }
    init?(_ value: FieldValue) { self.init(exactly: value.asInteger ?? .max) }
}
extension Int64: FieldConvertible {
    var fieldValue: FieldValue { .integer(self) }
    init?(_ value: FieldValue) {
        guard let integer = value.asInteger else { return nil }
        self = integer
    }
}
extension UInt32: FieldConvertible {
    var fieldValue: FieldValue { .unsigned(UInt64(self)) }
    init?(_ value: FieldValue) { self.init(exactly: value.asInteger ?? -1) }
}
extension UInt64: FieldConvertible {
    var fieldValue: FieldValue { .unsigned(self) }
    init?(_ value: FieldValue) {
        if case .unsigned(let number) = value { self = number } else { self.init(exactly: value.asInteger ?? -1) }
    }
}
extension Float: FieldConvertible {
    var fieldValue: FieldValue { .number(Double(self)) }
    init?(_ value: FieldValue) {
        guard let number = value.asDouble else { return nil }
        self = Float(number)
    }
}
extension Double: FieldConvertible {
    var fieldValue: FieldValue { .number(self) }
    init?(_ value: FieldValue) {
        guard let number = value.asDouble else { return nil }
        self = number
    }
}
extension Bool: FieldConvertible {
    var fieldValue: FieldValue { .flag(self) }
    init?(_ value: FieldValue) {
        guard case .flag(let flag) = value else { return nil }
        self = flag
    }
}
extension String: FieldConvertible {
    var fieldValue: FieldValue { .text(self) }
    init?(_ value: FieldValue) {
        guard case .text(let text) = value else { return nil }
        self = text
    }
}
extension WireEnum {
    var fieldValue: FieldValue { .name("\(label)", rawValue) }
}
extension Reflective {
    var fieldValue: FieldValue { .message(self) }
}
extension [UInt8] {
    var fieldValue: FieldValue { .bytes(self) }
}
extension Array where Element: FieldConvertible {
    var fieldValue: FieldValue { .list(map(\.fieldValue)) }
}
extension Array where Element: WireEnum {
    var fieldValue: FieldValue { .list(map(\.fieldValue)) }
}
extension Array where Element: Reflective {
    var fieldValue: FieldValue { .list(map(\.fieldValue)) }
}
