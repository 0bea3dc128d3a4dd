/// How often a repeated field came, and where the first stands, behind its tag.
@frozen
public struct Run: Sendable {
    @usableFromInline var start: Int32 = 0
    @usableFromInline var count: Int32 = 0

    @inlinable @inline(__always)
    public init() {}
}
