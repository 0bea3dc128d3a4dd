import PonsMessages
import PonsSpinal
import PonsWire

/// Pons, in each of its forms.
enum PonsItems {
    static let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)

    /// What every ratio is a multiple of.
    static func memcpy(_ message: Int, _ ring: Ring) -> Item {
        Item(codec: "memcpy", message: message, operation: "copy") { [storage] count in
            for index in 0..<count {
                storage.baseAddress!.copyMemory(from: ring[index].baseAddress!, byteCount: ring[index].count)
            }
        }
    }

    static func fail(_ what: String) -> Never { fatalError("bench: \(what) failed") }

    /// An owned message: arrays and strings, storage used again where the operation says so.
    static func owned<M: WireMessage>(_ message: Int, _ samples: [M]) -> [Item] {
        let ring = Ring(samples.map { $0.encoded() })
        let values = samples.map { Kept($0) }
        let encode = Item(codec: "Pons, owned", message: message, operation: "encode") { [storage] count in
            for index in 0..<count { if values[index & 7].encode(storage) == nil { fail("encode") } }
        }
        let fresh = Item(codec: "Pons, owned", message: message, operation: "decode new") { count in
            for index in 0..<count {
                do { _ = try M(decoding: ring[index].span) } catch { fail("decode") }
            }
        }
        return [encode] + decode(message, ring, M.self) + [fresh]
    }

    /// Decoding in place of the message before.
    static func decode<M: WireMessage>(_ message: Int, _ ring: Ring, _: M.Type) -> [Item] {
        // Not a captured variable: every access to one is checked for exclusivity at run time.
        let kept = UnsafeMutablePointer<M>.allocate(capacity: 1)
        kept.initialize(to: M())
        return [
            Item(codec: "Pons, owned", message: message, operation: "decode") { count in
                for index in 0..<count {
                    do { try kept.pointee.decode(replacing: ring[index].span) } catch { fail("decode") }
                }
            }
        ]
    }

    /// A message where a program would have it, in an object: read from an array it would be copied first, which counts
    /// references to all it holds and is not encoding.
    final class Kept<M: WireMessage> {
        let message: M
        init(_ message: M) { self.message = message }
        @inline(never) func encode(_ storage: UnsafeMutableRawBufferPointer) -> Range<Int>? {
            message.encode(endOf: MutableRawSpan(_unsafeBytes: storage))
        }
    }

    /// A picture's head, to be sent with the payload from where it lies.
    static func head<M: PayloadMessage>(_ message: Int, _ samples: [M]) -> Item {
        let values = samples.map { Kept($0) }
        return Item(codec: "Pons, owned", message: message, operation: "encode head") { [storage] count in
            for index in 0..<count { if values[index & 7].encodeHead(storage) == nil { fail("encode head") } }
        }
    }

    /// A fixed-size message of joint streams.
    static func fixed<M: FixedMessage>(_ message: Int, _ ring: Ring, _: M.Type) -> [Item] {
        let values = UnsafeMutablePointer<M>.allocate(capacity: 8)
        for index in 0..<8 {
            values.advanced(by: index).initialize(to: M())
            do { try values[index].decode(ring[index].span) } catch { fail("decode") }
        }
        return [
            Item(codec: "Pons, fixed", message: message, operation: "encode") { [storage] count in
                for index in 0..<count { if !encode(&values[index & 7], storage) { fail("encode") } }
            },
            Item(codec: "Pons, fixed", message: message, operation: "decode") { count in
                for index in 0..<count { if !decode(&values[index & 7], ring[index].span) { fail("decode") } }
            },
        ]
    }

    @inline(__always)
    static func encode<M: FixedMessage>(_ value: inout M, _ storage: UnsafeMutableRawBufferPointer) -> Bool {
        var span = MutableRawSpan(_unsafeBytes: storage)
        return value.encode(into: &span) > 0
    }

    @inline(__always)
    static func decode<M: FixedMessage>(_ value: inout M, _ bytes: RawSpan) -> Bool {
        do { try value.decode(bytes) } catch { return false }
        return true
    }

    @inline(never) static func isCanonical(_ bytes: RawSpan) -> Bool {
        CanonicalWholeBodyState<30>(bytes) != nil
    }

    @inline(never) static func isCanonicalSetpoint(_ bytes: RawSpan) -> Bool {
        CanonicalJointSetpoint<30>(bytes) != nil
    }

    @inline(never) static func touch(_ bytes: RawSpan) -> Float {
        guard let view = CanonicalWholeBodyState<30>(bytes) else { fail("view") }
        var sum: Float = 0
        for joint in 0..<30 {
            sum += view.position(joint) + view.velocity(joint) + view.effort(joint)
            sum += view.commanded(joint) + view.applied(joint)
        }
        return sum
    }

    /// Views and resident frames of state and setpoint.
    static func inPlace(_ states: Ring, _ setpoints: Ring) -> [Item] {
        let frame = UnsafeMutablePointer<ResidentWholeBodyState<30>>.allocate(capacity: 1)
        frame.initialize(to: ResidentWholeBodyState<30>(footForceCount: 4))
        return [
            Item(codec: "Pons, canonical view", message: 0, operation: "view") { count in
                for index in 0..<count { if !isCanonical(states[index].span) { fail("view") } }
            },
            Item(codec: "Pons, canonical view", message: 0, operation: "view + touch") { count in
                for index in 0..<count { if touch(states[index].span).isNaN { fail("view") } }
            },
            Item(codec: "Pons, canonical view", message: 1, operation: "view") { count in
                for index in 0..<count { if !isCanonicalSetpoint(setpoints[index].span) { fail("view") } }
            },
            Item(codec: "Pons, resident frame", message: 0, operation: "encode") { [storage] count in
                for index in 0..<count { send(&frame.pointee, index, storage) }
            },
            Item(codec: "Pons, resident frame", message: 0, operation: "decode") { count in
                for index in 0..<count { if !decode(&frame.pointee, states[index].span) { fail("frame") } }
            },
        ]
    }

    /// What a robot does each cycle: numbers change in the frame, and the frame goes out as it stands.
    @inline(never) private static func send(
        _ frame: inout ResidentWholeBodyState<30>, _ sequence: Int, _ storage: UnsafeMutableRawBufferPointer
    ) {
        frame.sequence = UInt64(sequence)
        frame.bytes.withUnsafeBytes { storage.baseAddress!.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    }

    @inline(never) private static func decode(_ frame: inout ResidentWholeBodyState<30>, _ bytes: RawSpan) -> Bool {
        frame.decode(bytes)
    }
}

extension PonsItems.Kept where M: PayloadMessage {
    @inline(never) func encodeHead(_ storage: UnsafeMutableRawBufferPointer) -> Range<Int>? {
        message.encodeHead(endOf: MutableRawSpan(_unsafeBytes: storage))
    }
}
