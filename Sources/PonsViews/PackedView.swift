public import PonsWire

/// An array of numbers of fixed width, read in place.
@frozen
public struct PackedView<Element: BitwiseCopyable>: ~Escapable {
    @usableFromInline let bytes: RawSpan

    @inlinable
    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan, _ place: Place) { self.bytes = bytes.extracting(place.range) }

    @inlinable public var count: Int { bytes.byteCount / MemoryLayout<Element>.size }
    @inlinable public var isEmpty: Bool { bytes.byteCount == 0 }

    /// - Precondition: `index` is less than ``count``.
    @inlinable
    public subscript(index: Int) -> Element {
        bytes.load(Element.self, at: index &* MemoryLayout<Element>.size)
    }

    /// Copies the elements to the beginning of `storage`. Returns whether they fit; if not, nothing is copied.
    @inlinable
    @_lifetime(storage: copy storage)
    public func copy(to storage: inout MutableSpan<Element>) -> Bool {
        guard count <= storage.count else { return false }
        for index in 0..<count { storage[index] = self[index] }
        return true
    }
}
