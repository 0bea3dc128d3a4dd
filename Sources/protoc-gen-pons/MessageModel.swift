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

    var name: String { descriptor.name }
    var typeID: UInt32 { rule.typeID }
    var isFrame: Bool { typeID != 0 }

    /// Fields that are stored one by one, and each oneof once, in declaration order.
    var oneofs: [OneofDescriptor] { descriptor.realOneofs }

    /// Fields in ascending number: the order they are written in.
    var ordered: [FieldModel] { fields.sorted { $0.number < $1.number } }
}
