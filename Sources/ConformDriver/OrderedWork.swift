import Foundation

/// Works on the items of a list on several threads, and hands the results over in the list's order.
///
/// `@unchecked Sendable`: whatever changes does so under the lock of `condition`.
final class OrderedWork<Result: Sendable>: @unchecked Sendable {
    /// As much as a main thread has: tests recurse into schemas and messages.
    private static var stackSize: Int { 8 << 20 }

    private let condition = NSCondition()
    private let count: Int
    private let threads: Int
    private let work: @Sendable (Int) -> Result
    private var begun = 0
    private var taken = 0
    private var working = 0
    private var results: [Int: Result] = [:]

    /// - Parameters:
    ///   - count: how many items; each is begun once, unless ``stop()`` comes before.
    ///   - work: what becomes of an item, called on any thread.
    init(_ count: Int, threads: Int, _ work: @escaping @Sendable (Int) -> Result) {
        (self.count, self.threads, self.work) = (count, threads, work)
        working = threads
        for _ in 0..<threads {
            let thread = Thread { self.goOn() }
            thread.stackSize = Self.stackSize
            thread.start()
        }
    }

    /// The next item's result, as soon as it is there. At most `count` times.
    func next() -> Result {
        condition.withLock {
            precondition(taken < count, "every result was taken")
            while results[taken] == nil { condition.wait() }
            defer {
                taken += 1
                condition.broadcast()
            }
            return results.removeValue(forKey: taken)!
        }
    }

    /// Begins nothing more, and returns when what was begun has ended.
    func stop() {
        condition.withLock {
            begun = count
            condition.broadcast()
            while working > 0 { condition.wait() }
        }
    }

    private func goOn() {
        while let item = begin() {
            let result = work(item)
            condition.withLock {
                results[item] = result
                condition.broadcast()
            }
        }
        condition.withLock {
            working -= 1
            condition.broadcast()
        }
    }

    /// Not far ahead of what was taken: results may be large.
    private func begin() -> Int? {
        condition.withLock {
            while begun < count && begun >= taken + 2 * threads { condition.wait() }
            guard begun < count else { return nil }
            defer { begun += 1 }
            return begun
        }
    }
}
