import PonsMessages
import PonsReflection
import PonsWire

enum MessageTarget {
    private static let types = MessageCatalogue.all

    static func run(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let type = types[Int(first) % types.count]
        check(type, Array(input.dropFirst()))
    }

    /// Properties of a message and its codec that hold for any bytes.
    static func check<M: WireMessage>(_ type: M.Type, _ bytes: [UInt8]) {
        let message: M
        do throws(WireError) {
            message = try M(decoding: bytes)
        } catch {
            require(error.offset >= 0 && error.offset <= bytes.count, "\(M.name): an error outside the input", bytes)
            _ = M.describe(error.path)
            return
        }
        do throws(Violation) {
            try message.validate(ValidationContext(jointCount: 30))
        } catch { _ = M.describe(error.path) }

        let canonical = message.encoded()
        require(canonical.count == message.encodedSize, "\(M.name): encodedSize is wrong", bytes)
        guard let again = try? M(decoding: canonical) else {
            return require(false, "\(M.name): its own encoding does not decode", bytes)
        }
        require(again.encoded() == canonical, "\(M.name): the canonical form is not stable", bytes)

        var storage = [UInt8](repeating: 0, count: canonical.count)
        var span = storage.mutableSpan
        let place = message.encode(endOf: span.mutableBytes)
        require(place == 0..<canonical.count && storage == canonical, "\(M.name): encode(endOf:) differs", bytes)
        if !canonical.isEmpty {
            var short = [UInt8](repeating: 0, count: canonical.count - 1)
            var span = short.mutableSpan
            require(message.encode(endOf: span.mutableBytes) == nil, "\(M.name): overran", bytes)
        }
        var reused = message
        guard (try? canonical.withRawSpan { span in try reused.decode(replacing: span) }) != nil else {
            return require(false, "\(M.name): decode(replacing:) refuses its own encoding", bytes)
        }
        require(reused.encoded() == canonical, "\(M.name): decode(replacing:) kept something", bytes)
    }
}
