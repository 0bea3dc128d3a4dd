import PonsSchema
import SwiftProtobufPluginLibrary

/// A message of joint streams as the spinal cord holds it: fixed joint count, no heap, constant offsets.
struct SpinalModel {
    let message: MessageModel
    /// In ascending number, the order they are written in.
    let parts: [Part]

    /// Setpoints and states that are streams of numbers, one a joint; text and trees are not for a motor controller.
    static func isSpinal(_ message: MessageModel) -> Bool {
        let streams = message.fields.contains { [.joints, .jointsOrEmpty].contains($0.rule.length) }
        let isPeriodic = [.setpoint, .state].contains(message.rule.streamClass)
        return streams && isPeriodic
    }

    init(_ message: MessageModel) {
        self.message = message
        var parts: [Part] = []
        var run: [SpinalField] = []
        func close() {
            if !run.isEmpty { parts.append(.run(run)) }
            run = []
        }
        for field in message.ordered.map({ SpinalField($0, in: message) }) {
            switch field.kind {
            case .scalar: run.append(field)
            case .array: close(); parts.append(.array(field))
            case .nested: close()
            }
        }
        close()
        self.parts = parts
    }

    enum Part {
        /// Numbers next to each other, each with its tag.
        case run([SpinalField])
        case array(SpinalField)
    }

    var fields: [SpinalField] { message.ordered.map { SpinalField($0, in: message) } }
    var scalars: [SpinalField] { fields.filter { if case .scalar = $0.kind { true } else { false } } }
    var arrays: [SpinalField] { fields.filter { if case .array = $0.kind { true } else { false } } }
    var nested: [SpinalField] { fields.filter { if case .nested = $0.kind { true } else { false } } }
    var name: String { message.name }
    /// Condition under which a number has a field.
    var known: String {
        let numbers = fields.map { Int($0.number) }
        precondition(numbers == Array(1...numbers.count), "\(name): a spinal message numbers its fields without gaps")
        return "tag.number <= \(numbers.count)"
    }
    /// The one array whose count may differ from robot to robot at the same joint count.
    var free: SpinalField? { arrays.first(where: \.isFree) }
}

/// A field of a spinal message.
struct SpinalField {
    enum Kind { case scalar, array, nested }

    /// How many elements an array may have.
    enum Bound { case joints, jointMask, exactly(Int), atMost(Int) }

    let field: FieldModel
    /// Its bit in the presence word: the place in the declaration.
    let bit: Int
    let kind: Kind

    init(_ field: FieldModel, in message: MessageModel) {
        self.field = field
        bit = message.fields.firstIndex { $0.number == field.number }!
        kind = field.isMessage ? .nested : field.isRepeated ? .array : .scalar
        precondition(!field.isText && !field.isBytes, "\(message.name).\(field.property) is not for a spinal message")
    }

    var number: Int32 { field.number }
    var property: String { field.property }
    var element: String { field.elementType }
    var width: Int { field.wireType == "fixed64" ? 8 : 4 }
    var isVarint: Bool { !field.isRepeated && field.wireType == "varint" }
    var isImplicit: Bool { if case .implicit = field.presence { true } else { false } }
    /// The stored property: values with presence have an optional in front of them.
    var stored: String { isImplicit ? property : property + "Value" }
    var storedType: String { field.isEnum ? "Int32" : element }
    var mask: String { "0x" + String(UInt64(1) << UInt64(bit), radix: 16) }
    var has: String { "has" + Names.capitalised(property) }

    // MARK: Scalars

    var tag: [UInt8] { Self.bytes(ofTag: field.tag(packed: false)) }

    /// A tag on the wire: one byte or two.
    private static func bytes(ofTag tag: Int32) -> [UInt8] {
        tag < 0x80 ? [UInt8(tag)] : [UInt8(tag & 0x7F | 0x80), UInt8(tag >> 7)]
    }

    /// Bytes of tag and value, a varint in its shortest form.
    var canonicalSize: Int { tag.count + (isVarint ? 1 : width) }

    /// Bytes of tag and value at most: an enumeration number may be negative.
    var maximumSize: Int {
        guard isVarint else { return canonicalSize }
        return tag.count + (field.isEnum ? 10 : element == "Bool" ? 1 : 5)
    }

    /// Numbers below 64 with a name, for the enumeration of a strict message.
    var knownMask: UInt64 {
        field.descriptor.enumType!.values.reduce(0) { $1.number < 64 ? $0 | 1 << UInt64($1.number) : $0 }
    }

    // MARK: Arrays

    var bound: Bound {
        switch field.rule.length {
        case .joints, .jointsOrEmpty: .joints
        case .jointMask: .jointMask
        default: field.rule.exactCount > 0 ? .exactly(Int(field.rule.exactCount)) : .atMost(Int(field.rule.maxCount))
        }
    }

    var arrayTag: Int32 { field.tag(packed: true) }
    /// The tag of the packed form.
    var tagBytes: [UInt8] { Self.bytes(ofTag: arrayTag) }
    var arrayTagSize: Int { tagBytes.count }

    /// Elements the storage holds.
    var capacity: String {
        switch bound {
        case .joints: "joints"
        case .jointMask: "SpinalLimits.maskWords"
        case .exactly(let count), .atMost(let count): "\(count)"
        }
    }

    /// Elements of a full array.
    var full: String { if case .jointMask = bound { "SpinalLimits.words(joints)" } else { capacity } }

    /// Bytes of tag and length of an array whose length fits in one byte.
    var headSize: Int { arrayTagSize + 1 }
    var isFree: Bool { if case .atMost = bound { field.isRepeated } else { false } }
    var arrayType: String {
        if case .jointMask = bound { return "JointMask" }
        return "InlineArray<\(capacity), \(element)>"
    }
}
