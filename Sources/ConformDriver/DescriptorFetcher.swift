import Crypto
import PonsMessages
import PonsSession
import PonsWire

/// Asks a robot what it is, and checks that the hash it told is the hash of what it sent.
enum DescriptorFetcher {
    static func fetch(on stage: any Stage) throws(StageError) -> Descriptor {
        let link = try stage.open(as: .observer, showing: nil)
        defer { stage.close(link) }
        var session = ClientSession(role: .observer, name: "conform-describe", nonce: 0x5EED)
        stage.send(session.hello(at: stage.nowNs), on: link)
        var pieces: [UInt8] = []
        var result: (descriptor: [UInt8], hash: [UInt8])?
        var problem: String?
        let deadline = stage.nowNs + 4_000_000_000
        stage.advance(to: deadline) { delivery in
            switch delivery.content {
            case .closed: problem = "the robot closed the link during the handshake"
            case .datagram, .stall, .sent, .overheard, .guestOpened: break
            case .bytes(let bytes):
                let (events, replies) = session.receive(bytes, at: delivery.timeNs)
                for reply in replies { stage.send(reply, on: link) }
                for event in events {
                    switch event {
                    case .opened: stage.send(session.seal(DescribeRequest(), at: stage.nowNs), on: link)
                    case .refused(let refusal): problem = "the robot refused the session: \(refusal.reason.english)"
                    case .altered: problem = "the robot vouches for another Hello than was sent (VER-09)"
                    case .damaged(let error): problem = "what answers is not a Pons robot (\(error))"
                    case .received(.describeReply, let payload, _):
                        guard let reply = try? DescribeReply(decoding: payload) else { break }
                        pieces += reply.descriptorBytes
                        if pieces.count >= Int(reply.totalSize) { result = (pieces, reply.sha256) }
                    default: break
                    }
                }
            }
            return result != nil || problem != nil
        }
        guard let result else {
            throw StageError(
                problem ?? "no robot answered within 4 s",
                hint: "check that the address is the robot's Pons port and that nothing else listens there")
        }
        return try decode(result.descriptor, hash: result.hash)
    }

    private static func decode(_ bytes: [UInt8], hash: [UInt8]) throws(StageError) -> Descriptor {
        guard Array(SHA256.hash(data: bytes)) == hash else {
            throw StageError(
                "the descriptor does not have the hash the robot told",
                hint: "the hash is SHA-256 over the descriptor bytes exactly as sent (DSC-01)")
        }
        let descriptor: Descriptor
        do throws(WireError) { descriptor = try Descriptor(decoding: bytes) } catch {
            throw StageError(
                "the descriptor does not decode: \(error.kind) at byte \(error.offset)",
                hint: "see Spec/v1/reference.md#descriptor")
        }
        do throws(Violation) {
            try descriptor.validate(ValidationContext(jointCount: descriptor.joints.count))
        } catch {
            throw StageError(
                "the descriptor breaks the schema: \(error.reason.english) at \(Descriptor.describe(error.path))",
                hint: "see Spec/v1/reference.md#descriptor")
        }
        return descriptor
    }
}
