import CPeers
import PonsMessages
import PonsWire

/// What the black channel costs: header and check sequence around a payload that is encoded already, and their check.
enum Frames {
    private static let identity = SessionIdentity(bootID: (1, 2), sessionID: 3)

    static func table(_ wire: [[[UInt8]]]) -> String {
        var text = "\n## frames: header and check sequence, ns\n\n"
        text += "| payload | bytes | check sequence | seal | check | × memcpy |\n|---|--:|---|--:|--:|--:|"
        let types = [MessageType.wholeBodyState, .jointSetpoint, nil, .taskRequest]
        for (message, type) in types.enumerated() {
            guard let type else { continue }
            let sealed = wire[message].map { seal($0, type) }
            let ring = Ring(sealed)
            let items = [seal(message, sealed, type), check(message, ring)]
            let copy = PonsItems.memcpy(message, ring)
            let results = Rounds(items: items, floors: [copy], countAllocations: peers_allocations).run()
            let width = FrameHeader(messageType: type.rawValue, payloadLength: wire[message][0].count).checkSize
            text += "\n| \(Item.messages[message]) | \(wire[message][0].count) | CRC-\(width * 8) |"
            text += results.map { " \(Int($0.nanoseconds.rounded())) |" }.joined()
            text += " \(Int(results[1].ratio.rounded())) |"
        }
        return text
    }

    private static func seal(_ payload: [UInt8], _ type: MessageType) -> [UInt8] {
        let header = FrameHeader(messageType: type.rawValue, payloadLength: payload.count, sessionID: 3)
        var frame = [UInt8](repeating: 0, count: header.frameSize)
        frame.replaceSubrange(FrameHeader.size..<FrameHeader.size + payload.count, with: payload)
        var numbers = frame.mutableSpan
        var span = numbers.mutableBytes
        _ = FrameCheck.seal(header, in: &span, identity: identity)
        return frame
    }

    private static func seal(_ message: Int, _ sealed: [[UInt8]], _ type: MessageType) -> Item {
        var frame = sealed[0]
        let header = FrameHeader(
            messageType: type.rawValue, payloadLength: frame.count - FrameHeader.size - (frame.count > 4200 ? 8 : 4),
            sessionID: 3)
        return Item(codec: "Pons", message: message, operation: "seal") { count in
            var numbers = frame.mutableSpan
            var span = numbers.mutableBytes
            for _ in 0..<count { _ = FrameCheck.seal(header, in: &span, identity: identity) }
        }
    }

    private static func check(_ message: Int, _ ring: Ring) -> Item {
        Item(codec: "Pons", message: message, operation: "check") { count in
            for index in 0..<count {
                do throws(FrameError) {
                    _ = try FrameCheck.open(
                        ring[index].span, identity: identity, payloadLimit: WireLimits.controlPayloadBytes)
                } catch { PonsItems.fail("frame") }
            }
        }
    }
}
