import PonsWire

/// A message that ends with a large payload: a picture, a cloud of points. Conformances are generated.
///
/// To send one without copying the payload, encode the head and give both to `writev` or to a shared-memory ring:
///
///     let head = image.encodeHead(endOf: storage)      // some tens of bytes
///     send(storage.extracting(head), image.payload)
public protocol PayloadMessage: FrameMessage {
    /// The payload's content, which comes last on the wire.
    var payload: [UInt8] { get }

    /// Writes everything but the payload's content in front of `end`, its tag and length included. Returns where that
    /// begins, or a negative number where the storage has no room.
    func writeHead(into storage: inout MutableRawSpan, before end: Int) -> Int
}

extension PayloadMessage {
    /// Encodes all that comes before the payload's content into the end of `storage`. Cost: independent of the payload.
    ///
    /// - Returns: where in the storage the head stands, or `nil` if it does not fit.
    public func encodeHead(endOf storage: consuming MutableRawSpan) -> Range<Int>? {
        let end = storage.byteCount
        var storage = storage
        let start = writeHead(into: &storage, before: end)
        return start < 0 ? nil : start..<end
    }
}
