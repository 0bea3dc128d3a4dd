import PonsMessages
import PonsSpinal
import PonsWire

/// Pons, in each of its forms.
enum PonsItems {
    static let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)

    /// What every ratio is a multiple of.
    static func memcpy(_ message: Int, _ ring: [[UInt8]]) -> Item {
        Item(codec: "memcpy", message: message, operation: "copy") { count in
            for index in 0..<count {
                ring[index & 7].withUnsafeBytes {
                    storage.baseAddress!.copyMemory(from: $0.baseAddress!, byteCount: $0.count)
                }
            }
        }
    }

    static func fail(_ what: String) -> Never { fatalError("bench: \(what) failed") }

    /// An owned message: arrays and strings, storage used again where the operation says so.
    static func owned<M: WireMessage>(_ message: Int, _ samples: [M]) -> [Item] {
        let wire = samples.map { $0.encoded() }
        var kept = M()
        let values = samples.map { Kept($0) }
        let codec = "Pons, owned"
        return [
            Item(codec: codec, message: message, operation: "encode") { count in
                for index in 0..<count { if values[index & 7].encode() == nil { fail("encode") } }
            },
            Item(codec: codec, message: message, operation: "decode") { count in
                for index in 0..<count {
                    do {
                        try wire[index & 7].withRawSpan { (span) throws(WireError) in try kept.decode(replacing: span) }
                    } catch {
                        fail("decode")
                    }
                }
            },
            Item(codec: codec, message: message, operation: "decode new") { count in
                for index in 0..<count {
                    do { _ = try M(decoding: wire[index & 7]) } catch { fail("decode") }
                }
            },
        ]
    }

    /// A message where a program would have it, in an object: read from an array it would be copied first, which counts
    /// references to all it holds and is not encoding.
    final class Kept<M: WireMessage> {
        let message: M
        init(_ message: M) { self.message = message }
        @inline(never) func encode() -> Range<Int>? { message.encode(endOf: MutableRawSpan(_unsafeBytes: storage)) }
    }

    /// A fixed-size message of joint streams.
    static func fixed<M: FixedMessage>(_ message: Int, _ wire: [[UInt8]], _: M.Type) -> [Item] {
        let values = UnsafeMutablePointer<M>.allocate(capacity: 8)
        for index in 0..<8 {
            values.advanced(by: index).initialize(to: M())
            do { try wire[index].withRawSpan { (span) throws(WireError) in try values[index].decode(span) } } catch {
                fail("decode")
            }
        }
        return [
            Item(codec: "Pons, fixed", message: message, operation: "encode") { count in
                for index in 0..<count { if !encode(&values[index & 7]) { fail("encode") } }
            },
            Item(codec: "Pons, fixed", message: message, operation: "decode") { count in
                for index in 0..<count { if !decode(&values[index & 7], wire[index & 7]) { fail("decode") } }
            },
        ]
    }

    @inline(__always)
    static func encode<M: FixedMessage>(_ value: inout M) -> Bool {
        var span = MutableRawSpan(_unsafeBytes: storage)
        return value.encode(into: &span) > 0
    }

    @inline(__always)
    static func decode<M: FixedMessage>(_ value: inout M, _ bytes: [UInt8]) -> Bool {
        do { try bytes.withRawSpan { (span) throws(WireError) in try value.decode(span) } } catch { return false }
        return true
    }

    @inline(never) static func isCanonical(_ bytes: [UInt8]) -> Bool {
        bytes.withRawSpan { CanonicalWholeBodyState<30>($0) != nil }
    }

    @inline(never) static func isCanonicalSetpoint(_ bytes: [UInt8]) -> Bool {
        bytes.withRawSpan { CanonicalJointSetpoint<30>($0) != nil }
    }

    @inline(never) static func touch(_ bytes: [UInt8]) -> Float {
        bytes.withRawSpan { span in
            guard let view = CanonicalWholeBodyState<30>(span) else { fail("view") }
            var sum: Float = 0
            for joint in 0..<30 {
                sum += view.position(joint) + view.velocity(joint) + view.effort(joint)
                sum += view.commanded(joint) + view.applied(joint)
            }
            return sum
        }
    }

    /// Views and resident frames of state and setpoint.
    static func inPlace(_ states: [[UInt8]], _ setpoints: [[UInt8]]) -> [Item] {
        let frame = Frame()
        return [
            Item(codec: "Pons, canonical view", message: 0, operation: "view") { count in
                for index in 0..<count { if !isCanonical(states[index & 7]) { fail("view") } }
            },
            Item(codec: "Pons, canonical view", message: 0, operation: "view + touch") { count in
                for index in 0..<count { if touch(states[index & 7]).isNaN { fail("view") } }
            },
            Item(codec: "Pons, canonical view", message: 1, operation: "view") { count in
                for index in 0..<count { if !isCanonicalSetpoint(setpoints[index & 7]) { fail("view") } }
            },
            Item(codec: "Pons, resident frame", message: 0, operation: "decode") { count in
                for index in 0..<count { if !frame.decode(states[index & 7]) { fail("frame") } }
            },
        ]
    }

    final class Frame {
        var state = ResidentWholeBodyState<30>(footForceCount: 4)
        @inline(never) func decode(_ bytes: [UInt8]) -> Bool { bytes.withRawSpan { state.decode($0) } }
    }
}
