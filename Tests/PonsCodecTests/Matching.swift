import PonsMessages
import PonsViews
import PonsWire

/// A view that can be laid beside the decoded message; generated for every message.
protocol MatchableView: WireView, ~Escapable {
    associatedtype Message: WireMessage
    /// The path of the first field that is not the same, or `nil`.
    func differs(from message: Message) -> String?
}

/// A memory of layouts whose views can be laid beside the decoded message; generated.
protocol MatchableMemory: ~Copyable {
    init()
    /// What a learned view and the owned message make of the same bytes.
    mutating func matching(_ bytes: [UInt8]) -> Matching
}

/// What a view and the owned message make of the same bytes.
enum Matching: Equatable {
    case same
    case bothRefuse(WireError)
    /// Legal, and in pieces: there is no view.
    case inPieces
    case different(String)

    static func of<View: MatchableView & ~Escapable>(
        _ bytes: [UInt8], _ view: View.Type, _ message: View.Message.Type
    ) -> Matching {
        let matching = of(bytes, View.Message.self) { (span, decoded) throws(WireError) in
            guard let view = try View(span) else { return .inPieces }
            guard let decoded else { return .different("viewed, but refused") }
            return view.differs(from: decoded).map { .different($0) } ?? .same
        }
        if case .different = matching { return matching }
        if let count = allocations(bytes, View.self) { return .different("\(count) allocations") }
        return matching
    }

    /// - Parameter look: what is seen of the bytes, beside the message they decode to.
    static func of<Message: WireMessage>(
        _ bytes: [UInt8], _: Message.Type, look: (RawSpan, Message?) throws(WireError) -> Matching
    ) -> Matching {
        var refusal: WireError?
        var decoded: Message?
        do throws(WireError) { decoded = try Message(decoding: bytes) } catch { refusal = error }
        do throws(WireError) {
            let seen = try look(bytes.span.bytes, decoded)
            return seen == .inPieces && decoded == nil ? .different("in pieces, but \(refusal!)") : seen
        } catch {
            return error == refusal
                ? .bothRefuse(error) : .different("\(error), but \(refusal.map { "\($0)" } ?? "decoded")")
        }
    }

    /// What looking at the bytes once more allocates: the first time, the runtime may have set up the type.
    private static func allocations<View: MatchableView & ~Escapable>(_ bytes: [UInt8], _: View.Type) -> Int? {
        let count = Allocations.count {
            do throws(WireError) { _ = try View(bytes.span.bytes) } catch {}
        }
        return count == 0 ? nil : count
    }
}

// MARK: Values, bit for bit

func same<T: Equatable>(_ view: T, _ value: T) -> Bool { view == value }
func same(_ view: Double, _ value: Double) -> Bool { view.bitPattern == value.bitPattern }
func same(_ view: Float, _ value: Float) -> Bool { view.bitPattern == value.bitPattern }
func same(_ view: Double?, _ value: Double?) -> Bool { view?.bitPattern == value?.bitPattern }
func same(_ view: Float?, _ value: Float?) -> Bool { view?.bitPattern == value?.bitPattern }
func same(_ view: UTF8Span, _ value: String) -> Bool { String(copying: view) == value }
func same(_ view: RawSpan, _ value: [UInt8]) -> Bool {
    guard view.byteCount == value.count else { return false }
    for index in value.indices where view.byte(at: index) != value[index] { return false }
    return true
}

func same<T: BitwiseCopyable & Equatable>(_ view: PackedView<T>, _ values: [T]) -> Bool {
    guard view.count == values.count else { return false }
    for index in values.indices {
        let shown = view[index]
        let isSame = withUnsafeBytes(of: shown) { one in
            withUnsafeBytes(of: values[index]) { one.elementsEqual($0) }
        }
        if !isSame { return false }
    }
    return true
}

func same<E: WireEnum>(_ view: consuming PackedEnumView<E>, _ values: [E]) -> Bool {
    guard view.count == values.count else { return false }
    for value in values where view.next() != value { return false }
    return view.next() == nil
}

func same(_ view: consuming RepeatedTextView, _ values: [String]) -> Bool {
    guard view.count == values.count else { return false }
    for value in values {
        guard let text = view.next(), same(text, value) else { return false }
    }
    return view.next() == nil
}

func same<View: MatchableView & ~Escapable>(
    _ view: consuming RepeatedView<View>, _ values: [View.Message]
) -> Bool {
    guard view.count == values.count else { return false }
    for value in values {
        guard let element = view.next(), element.differs(from: value) == nil else { return false }
    }
    return view.next() == nil
}
