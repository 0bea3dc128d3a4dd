import PonsSession
import PonsWire

/// The first byte says where the stream is cut; the rest is the stream.
enum FrameTarget {
    private static let identity = SessionIdentity(bootID: (1, 2), sessionID: 3)

    static func run(_ input: [UInt8]) {
        _ = try? FrameCheck.open(input.span.bytes, identity: identity, payloadLimit: 65_536)
        guard input.count > 1 else { return }
        assemble(Array(input.dropFirst()), cut: Int(input[0]))

        var sealer = FrameSealer()
        sealer.identity = identity
        let payload = Array(input.dropFirst().prefix(65_536))
        let frame = sealer.seal(payload: payload, type: UInt16(input[0]), at: 1)
        guard let header = try? FrameCheck.open(frame.span.bytes, identity: identity, payloadLimit: 65_536) else {
            return require(false, "a sealed frame does not open", input)
        }
        require(Int(header.payloadLength) == payload.count, "a sealed frame lost its length", input)
    }

    /// However a stream is cut, the same frames come out of it.
    private static func assemble(_ stream: [UInt8], cut: Int) {
        let place = min(cut, stream.count)
        let whole = frames(of: [stream])
        let pieces = frames(of: [Array(stream[..<place]), Array(stream[place...])])
        require(whole == pieces, "a stream cut at \(place) gives other frames", stream)
    }

    private static func frames(of pieces: [[UInt8]]) -> [[UInt8]] {
        var assembler = FrameAssembler(payloadLimit: 65_536)
        var frames: [[UInt8]] = []
        for piece in pieces {
            assembler.append(piece)
            // A stream that broke once stays broken: the session closes it.
            do throws(FrameError) { while let frame = try assembler.next() { frames.append(frame) } } catch { break }
        }
        return frames
    }
}
