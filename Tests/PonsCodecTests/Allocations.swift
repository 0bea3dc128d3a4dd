import CAllocations

/// How often code asks for memory.
enum Allocations {
    static let areCounted = allocations_are_counted()

    /// Calls of malloc and its relatives while `body` runs, by its thread.
    static func count(_ body: () -> Void) -> Int {
        guard areCounted else { return 0 }
        let before = allocations_of_thread()
        body()
        return Int(allocations_of_thread() - before)
    }
}
