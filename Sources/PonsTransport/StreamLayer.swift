public import PonsSession

/// What lies between a stream socket and whoever uses it: TLS, or nothing. Bytes in, bytes out; no socket inside.
public protocol StreamLayer: AnyObject {
    var phase: StreamLayerPhase { get }

    /// Takes bytes of the wire and returns what they mean; empty while the layer talks to its other end.
    func receive(_ wire: [UInt8]) -> [UInt8]

    /// Takes bytes for the other end; they wait until the layer is open.
    func send(_ plain: [UInt8])

    /// Bytes the wire must carry now.
    func takeOutput() -> [UInt8]
}

public enum StreamLayerPhase: Equatable, Sendable {
    case opening
    case open(LinkTrust)
    /// The peer is not who it must be, or speaks something else; the sentence says which. The link must be closed.
    case failed(String)
}
