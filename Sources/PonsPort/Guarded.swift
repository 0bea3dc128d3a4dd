import Foundation

/// A value that several threads use, one at a time.
///
/// Not a `Mutex`: of its futex the thread sanitizer knows nothing, and would take every use for a race (scripts/check-threads).
public final class Guarded<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    public init(_ value: sending Value) { self.value = value }

    /// - Parameter body: must not let the value escape.
    public func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        try lock.withLock { try body(&value) }
    }
}
