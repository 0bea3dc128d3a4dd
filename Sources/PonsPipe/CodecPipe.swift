import Foundation
import PonsMessages
import PonsReflection
import PonsSession
import PonsVocabulary
import PonsWire

/// Our codec as a pipe asks it: one JSON object a line in, one out. What any codec that wants to be tested answers.
///
/// ```
/// {"id": 1, "message": "TimePing", "bytes": "09…"}                        decode, and encode again
/// {"id": 2, "message": "Covariance", "bytes": "0a…", "validate": true}    and keep the rules of the schema
/// {"id": 3, "frame": "504f…", "boot_id": "…", "session_id": "…"}          open a frame
/// {"id": 4, "header": {…}, "payload": "…", "boot_id": "…", "session_id": "…"}   seal one
/// ```
public struct CodecPipe: Sendable {
    private let fault: CodecFault?
    /// How often the fault changed an answer.
    public private(set) var appliedFaults = 0

    public init(fault: CodecFault? = nil) { self.fault = fault }

    private struct Header: Codable {
        var type: UInt16
        var counter: UInt32
        var flags: UInt8
        var source: UInt16
        var destination: UInt16
        var stream: UInt16
        var sendTimeNs: Int64
        var monitoringNumber: UInt32
        var echoedNumber: UInt32
    }

    private struct Request: Decodable {
        var id: Int?
        var message: String?
        var bytes: String?
        var validate: Bool?
        var frame: String?
        var header: Header?
        var payload: String?
        var bootId: String?
        var sessionId: String?
    }

    /// The answer to a line. Never fails: what can't be understood is answered with an error.
    public mutating func answer(_ line: String) -> String {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let request = try? decoder.decode(Request.self, from: Data(line.utf8)) else {
            return
                #"{"error": "a request is {\"id\": 1, \"message\": \"NAME\", \"bytes\": \"HEX\"}; pons-codec --help has the others"}"#
        }
        let id = request.id.map { ", \"id\": \($0)" } ?? ""
        if let message = request.message { return decode(request, message, id) }
        if let frame = request.frame { return open(request, frame, id) }
        if let header = request.header { return seal(request, header, id) }
        return "{\"error\": \"neither message, frame nor header\"\(id)}"
    }

    private mutating func breaks(_ fault: CodecFault) -> Bool {
        guard fault == self.fault else { return false }
        appliedFaults += 1
        return true
    }

    // MARK: Messages

    private mutating func decode(_ request: Request, _ message: String, _ id: String) -> String {
        guard let bytes = request.bytes.flatMap(Hex.bytes) else { return Self.noHexadecimal("bytes", id) }
        switch CodecAnswer(of: bytes, as: message, validates: request.validate ?? false) {
        case nil: return "{\"error\": \"the schema has no such message\"\(id)}"
        case .accepted where message == "TaskRequest" && breaks(.olderClients):
            // A field that became required later.
            return Self.refused("FIELD_MISSING", "deadline_ns", id)
        case .accepted(let meaning, var canonical):
            if breaksUnknown(message, canonical, of: bytes) { canonical = Self.known(message, bytes) }
            return "{\"accept\": true, \"bytes\": \"\(Hex.text(canonical))\"\(id), \"meaning\": \(meaning)}"
        case .refused("BAD_COVARIANCE", _) where breaks(.covariance):
            return "{\"accept\": true, \"bytes\": \"\(Hex.text(bytes))\"\(id), \"meaning\": {}}"
        case .refused(let reason, let field): return Self.refused(reason, field, id)
        }
    }

    private mutating func breaksUnknown(_ message: String, _ canonical: [UInt8], of bytes: [UInt8]) -> Bool {
        Self.known(message, bytes) != canonical && breaks(.unknownFields)
    }

    /// The canonical form without what the schema doesn't know.
    private static func known(_ message: String, _ bytes: [UInt8]) -> [UInt8] {
        guard let type = MessageCatalogue.all.first(where: { "\($0.name)" == message }) else { return bytes }
        func strip<M: Reflective>(_ type: M.Type) -> [UInt8] {
            guard let full = try? M(decoding: bytes) else { return bytes }
            var known = M()
            for field in M.fieldInfos {
                if let value = full.value(of: field.number) { try? known.set(field.name, to: value) }
            }
            return known.encoded()
        }
        return strip(type)
    }

    // MARK: Frames

    private mutating func open(_ request: Request, _ text: String, _ id: String) -> String {
        guard let frame = Hex.bytes(text) else { return Self.noHexadecimal("frame", id) }
        guard let identity = Self.identity(request) else { return Self.noHexadecimal("boot_id and session_id", id) }
        do throws(FrameError) {
            return Self.opened(try OpenedFrame(frame, identity: identity, payloadLimit: 65_536), id)
        } catch {
            if let frame = misread(frame, identity, error) { return Self.opened(frame, id) }
            return Self.refused(Self.reason(error), "", id)
        }
    }

    /// A frame that should have been refused, as a broken codec opens it.
    private mutating func misread(_ frame: [UInt8], _ identity: SessionIdentity, _ error: FrameError) -> OpenedFrame? {
        switch error {
        case .allZero where breaks(.zeroFrames):
            return OpenedFrame(
                unchecked: Array(repeating: 0, count: FrameHeader.size), FrameHeader(messageType: 0, payloadLength: 0))
        case .trailingBytes where breaks(.frameLength):
            guard let header = OpenedFrame.peek(frame, payloadLimit: 65_536) else { return nil }
            return OpenedFrame(unchecked: frame, header)
        default: return nil
        }
    }

    private static func opened(_ frame: OpenedFrame, _ id: String) -> String {
        let header = frame.header
        let words = Header(
            type: header.messageType, counter: header.counter, flags: header.flags.rawValue, source: header.source,
            destination: header.destination, stream: header.stream, sendTimeNs: header.sendTimeNs,
            monitoringNumber: header.monitoringNumber, echoedNumber: header.echoedNumber)
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let text = (try? encoder.encode(words)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        return "{\"accept\": true, \"bytes\": \"\(Hex.text(frame.payload))\"\(id), \"meaning\": \(text)}"
    }

    private mutating func seal(_ request: Request, _ words: Header, _ id: String) -> String {
        guard let payload = request.payload.flatMap(Hex.bytes) else { return Self.noHexadecimal("payload", id) }
        guard let identity = Self.identity(request) else { return Self.noHexadecimal("boot_id and session_id", id) }
        guard payload.count <= 65_536 else { return Self.refused("LIMIT_EXCEEDED", "payload", id) }
        var header = FrameHeader(
            messageType: words.type, payloadLength: payload.count, sessionID: identity.sessionID)
        header.counter = words.counter
        header.flags = FrameHeader.Flags(rawValue: words.flags)
        (header.source, header.destination, header.stream) = (words.source, words.destination, words.stream)
        header.sendTimeNs = words.sendTimeNs
        (header.monitoringNumber, header.echoedNumber) = (words.monitoringNumber, words.echoedNumber)
        var frame = FrameSealer.frame(header, payload, identity: identity)
        if breaks(.frameCheck) {
            // The final exclusive-or left out.
            for index in frame.count - header.checkSize..<frame.count { frame[index] = ~frame[index] }
        }
        return "{\"accept\": true, \"bytes\": \"\(Hex.text(frame))\"\(id)}"
    }

    private static func identity(_ request: Request) -> SessionIdentity? {
        guard let boot = request.bootId.flatMap(Hex.bytes), boot.count == 16,
            let session = request.sessionId.flatMap({ UInt64($0, radix: 16) })
        else { return nil }
        func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        return SessionIdentity(bootID: (word(boot[..<8]), word(boot[8...])), sessionID: session)
    }

    private static func reason(_ error: FrameError) -> String {
        switch error {
        case .truncated, .trailingBytes, .badCheck: "INTEGRITY"
        case .badMagic, .reservedNotZero: "MALFORMED"
        case .badVersion: "VERSION_MISMATCH"
        case .oversize: "LIMIT_EXCEEDED"
        case .allZero: "ALL_ZERO"
        }
    }

    private static func refused(_ reason: String, _ field: String, _ id: String) -> String {
        "{\"accept\": false, \"field\": \"\(field)\"\(id), \"reason\": \"\(reason)\"}"
    }

    private static func noHexadecimal(_ member: String, _ id: String) -> String {
        "{\"error\": \"\(member): hexadecimal digits are needed\"\(id)}"
    }
}
