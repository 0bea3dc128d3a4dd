import PonsMessages
import PonsReflection

/// A view shows what decoding gives, or refuses for the same reason.
enum ViewTarget {
    private static let types = MessageCatalogue.all

    static func run(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let name = "\(types[Int(first) % types.count].name)"
        let bytes = Array(input.dropFirst())
        if case .different(let what) = Matching.all[name]!(bytes) { require(false, "view of \(name): \(what)", bytes) }
    }
}
