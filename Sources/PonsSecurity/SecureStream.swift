public import Foundation
import NIOCore
import NIOEmbedded
import NIOSSL
import NIOTLS
import PonsSession
public import PonsTransport
import SwiftASN1
import X509

/// One end of a mutual TLS 1.3 link. Bytes in, bytes out: it works over sockets and in virtual time alike.
///
/// The robot's end also admits peers that speak in clear, where it is asked to: a robot in lab mode (SEC-01).
/// Not thread-safe: one thread makes and uses it.
public final class SecureStream: StreamLayer {
    /// Which end of the link this is; decides what the peer's certificate must say.
    public enum Side {
        case client
        /// `admitsClear` is asked once, at the first byte of a peer that does not begin with a TLS handshake.
        case robot(admitsClear: () -> Bool)
    }

    public private(set) var phase = StreamLayerPhase.opening
    private let side: Side
    private let clock: () -> Date
    private let handler: NIOSSLHandler
    private let watcher = HandshakeWatcher()
    private let channel: EmbeddedChannel
    private var isClear = false
    private var hasBegun = false
    private var waiting: [UInt8] = []
    private var clearOutput: [UInt8] = []

    /// The first byte of a TLS record that carries a handshake message (RFC 8446, 5.1).
    private static let handshakeRecord: UInt8 = 22

    /// - Parameter clock: what the end of the peer's certificate is compared with.
    public init(
        _ side: Side, _ credential: Credential, clock: @escaping () -> Date = { Date() }
    ) throws(CredentialError) {
        self.side = side
        self.clock = clock
        do {
            switch side {
            case .client:
                handler = try NIOSSLClientHandler(context: credential.context(forServer: false), serverHostname: nil)
            case .robot: handler = NIOSSLServerHandler(context: try credential.context(forServer: true))
            }
            channel = EmbeddedChannel(handlers: [handler, watcher])
            // Active at once; the promise would be kept only after the handshake.
            channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        } catch let error as CredentialError { throw error } catch {
            throw CredentialError("TLS did not start: \(error)", hint: "the keys may be damaged; make them anew")
        }
    }

    deinit {
        // Closing TLS waits for the peer's farewell; nobody listens for it any more, so its time limit is let pass.
        channel.close(promise: nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
    }

    public func receive(_ wire: [UInt8]) -> [UInt8] {
        if case .failed = phase { return [] }
        if !hasBegun, let first = wire.first, case .robot(let admitsClear) = side, first != Self.handshakeRecord {
            guard admitsClear() else {
                fail("the peer speaks in clear; this robot takes TLS 1.3 only")
                return []
            }
            isClear = true
            phase = .open(.clear)
        }
        hasBegun = hasBegun || !wire.isEmpty
        if isClear { return wire }
        do {
            try channel.writeInbound(ByteBuffer(bytes: wire))
            // The client's word of a handshake is not yet the robot's: nothing is read before both have agreed.
            try openIfReady()
            return try read()
        } catch {
            fail(Self.sentence(error))
            return []
        }
    }

    public func send(_ plain: [UInt8]) {
        guard !isClear else { return clearOutput += plain }
        guard case .open = phase else { return waiting += plain }
        do { try channel.writeOutbound(ByteBuffer(bytes: plain)) } catch { fail(Self.sentence(error)) }
    }

    public func takeOutput() -> [UInt8] {
        defer { clearOutput.removeAll() }
        var output = clearOutput
        while let buffer = try? channel.readOutbound(as: ByteBuffer.self) { output += buffer.readableBytesView }
        return output
    }

    private func read() throws -> [UInt8] {
        guard case .open = phase else { return [] }
        var plain: [UInt8] = []
        while let buffer = try channel.readInbound(as: ByteBuffer.self) { plain += buffer.readableBytesView }
        return plain
    }

    /// Looks who the peer is once the handshake is over.
    private func openIfReady() throws {
        guard phase == .opening, watcher.isComplete, let peer = handler.peerCertificate else { return }
        let certificate = try Certificate(derEncoded: peer.toDERBytes())
        let names = CertificateName.names(of: certificate)
        if case .client = side, !names.contains(.robot) {
            return fail(
                "the other end shows a certificate that is not a robot's (no name \(CertificateName.robot.uri))")
        }
        let remaining = certificate.notValidAfter.timeIntervalSince(clock())
        phase = .open(
            LinkTrust(
                .authenticated,
                roles: Set(names.compactMap { if case .role(let role) = $0 { role } else { nil } }),
                name: Self.commonName(certificate), validForNs: Int64(max(0, min(remaining, 1e9)) * 1e9)))
        defer { waiting.removeAll() }
        if !waiting.isEmpty { try channel.writeOutbound(ByteBuffer(bytes: waiting)) }
    }

    private static func commonName(_ certificate: Certificate) -> String {
        for attribute in certificate.subject.flatMap({ $0 }) where attribute.type == .RDNAttributeType.commonName {
            return "\(attribute.value)"
        }
        return ""
    }

    private func fail(_ sentence: String) { if case .failed = phase {} else { phase = .failed(sentence) } }

    /// What TLS found wrong, for a person.
    private static func sentence(_ error: any Error) -> String { "TLS: \(error)" }
}

/// Learns that both ends have agreed.
private final class HandshakeWatcher: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private(set) var isComplete = false

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent { isComplete = true }
        context.fireUserInboundEventTriggered(event)
    }
}
