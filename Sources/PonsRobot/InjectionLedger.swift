import PonsMessages
import PonsVocabulary

/// How things were before TEST mode changed them: leaving the mode takes every injection back (CNF-01).
struct InjectionLedger<Robot: Sendable>: Sendable {
    typealias Undoing = @Sendable (_ robot: inout Robot, _ now: Int64) -> Void

    private struct Entry: Sendable {
        let kind: InjectionKind
        let index: UInt32
        let undo: Undoing
    }

    private var entries: [Entry] = []

    var isEmpty: Bool { entries.isEmpty }

    /// More things than a tester of this standard ever changes at once.
    static var capacity: Int { 64 }

    /// Whether another injection could still be taken back.
    func hasRoom(for injection: InjectRequest) -> Bool {
        entries.count < Self.capacity || holds(injection)
    }

    private func holds(_ injection: InjectRequest) -> Bool {
        entries.contains { $0.kind == injection.kind && $0.index == injection.index }
    }

    /// Notes how to take an injection back. What was there before the first of its kind and index is what counts.
    mutating func note(_ injection: InjectRequest, undoneBy undo: @escaping Undoing) {
        guard !holds(injection) else { return }
        entries.append(Entry(kind: injection.kind, index: injection.index, undo: undo))
    }

    /// Hands over what is to be done, the newest first, and forgets it.
    mutating func takeAll() -> [Undoing] {
        defer { entries = [] }
        return entries.reversed().map(\.undo)
    }
}
