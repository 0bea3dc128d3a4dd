import PonsSchema
import SwiftProtobufPluginLibrary

/// A message as the generator sees it.
struct MessageModel {
    let descriptor: Descriptor
    let fields: [FieldModel]
    let rule: Pons_V1_MessageRule

    init(_ descriptor: Descriptor) {
        self.descriptor = descriptor
        fields = descriptor.fields.map(FieldModel.init)
        rule = descriptor.options.Pons_V1_message
    }

    /// The name of its Swift type.
    var name: String { Names.type(descriptor) }
    var typeID: UInt32 { rule.typeID }
    var isFrame: Bool { typeID != 0 }

    /// Fields that are stored one by one, and each oneof once, in declaration order.
    var oneofs: [OneofDescriptor] { descriptor.realOneofs }

    /// Whether the decoder notes which singular fields it saw, to find duplicates: one word is enough for every message
    /// of the standard.
    var countsSingular: Bool { fields.contains { !$0.isRepeated } && fields.count <= 64 }

    /// Fields in ascending number: the order they are written in.
    var ordered: [FieldModel] { fields.sorted { $0.number < $1.number } }

    /// The bytes that a large message ends with: a picture, a cloud of points. They can be sent from where they lie.
    var payload: FieldModel? {
        guard let last = ordered.last, last.isBytes, case .implicit = last.presence else { return nil }
        return isFrame && last.rule.maxCount > 4096 ? last : nil
    }

    /// ``ordered``, with neighbours that belong to one oneof taken together.
    var runs: [[FieldModel]] {
        var runs: [[FieldModel]] = []
        for field in ordered {
            if case .oneof(let name) = field.presence, case .oneof(let last)? = runs.last?[0].presence, last == name {
                runs[runs.count - 1].append(field)
            } else {
                runs.append([field])
            }
        }
        return runs
    }

    /// ``ordered``, with neighbours taken together that are singular numbers of fixed width.
    var fixedRuns: [[FieldModel]] {
        var runs: [[FieldModel]] = []
        for field in ordered {
            if field.isFixedNumber, let last = runs.last?.last, last.isFixedNumber {
                runs[runs.count - 1].append(field)
            } else {
                runs.append([field])
            }
        }
        return runs
    }
}
