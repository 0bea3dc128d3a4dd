/// Encoded messages as a receiver has them: in memory of their own, aligned to cache lines. Bytes read out of a Swift array
/// of arrays would be retained and released each time, and that is no codec's work.
struct Ring {
    private let messages: UnsafeMutablePointer<UnsafeRawBufferPointer>

    /// Copies eight messages; they stay until the program ends.
    init(_ wire: [[UInt8]]) {
        messages = .allocate(capacity: Samples.ring)
        for (index, bytes) in wire.enumerated() {
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
            copy.copyBytes(from: bytes)
            messages[index] = UnsafeRawBufferPointer(copy)
        }
    }

    /// Message `index`, counted round and round.
    subscript(index: Int) -> UnsafeRawBufferPointer { messages[index & 7] }
}

extension UnsafeRawBufferPointer {
    /// The bytes as a span; they stay until the program ends.
    var span: RawSpan {
        @_lifetime(immortal)
        get { _overrideLifetime(RawSpan(_unsafeBytes: self), copying: ()) }
    }
}
