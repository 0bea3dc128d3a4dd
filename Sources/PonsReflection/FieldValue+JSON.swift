import PonsMessages

extension FieldValue {
    /// The JSON form, for people and reports: names for enumerations, hex for bytes, absent fields left out.
    /// Never accepted on a control port (FMT-14).
    public var json: String {
        switch self {
        case .integer(let value): "\(value)"
        case .unsigned(let value): "\(value)"
        case .number(let value): value.isFinite ? "\(value)" : "\"\(value)\""
        case .flag(let value): value ? "true" : "false"
        case .text(let value): Self.quoted(value)
        case .bytes(let value): Self.quoted(Hex.text(value))
        case .name(let label, let number): label == "UNRECOGNIZED" ? "\(number)" : Self.quoted(label)
        case .list(let values): "[" + values.map(\.json).joined(separator: ", ") + "]"
        case .message(let message): message.json
        case .fields(let fields):
            "{"
                + fields.sorted { $0.key < $1.key }.map { Self.quoted($0.key) + ": " + $0.value.json }
                .joined(separator: ", ") + "}"
        }
    }

    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20:
                result += "\\u00" + Hex.text([UInt8(scalar.value)])
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension Reflective {
    /// The message as a JSON object.
    public var json: String {
        let members = Self.fieldInfos.compactMap { info -> String? in
            value(of: info.number).map { FieldValue.quoted(info.name) + ": " + $0.json }
        }
        return "{" + members.joined(separator: ", ") + "}"
    }
}
