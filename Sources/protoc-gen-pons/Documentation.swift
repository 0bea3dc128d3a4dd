import Foundation
import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// Comments of the schema: the ones before a declaration, or the one behind it.
protocol ProvidesComments: ProvidesSourceCodeLocation {}
extension FieldDescriptor: ProvidesComments {}
extension Descriptor: ProvidesComments {}
extension EnumDescriptor: ProvidesComments {}
extension EnumValueDescriptor: ProvidesComments {}

extension ProvidesComments {
    var documentation: [String] {
        guard let location = sourceCodeInfoLocation else { return [] }
        let text = location.hasLeadingComments ? location.leadingComments : location.trailingComments
        return text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}
