import PonsSpinal
import PonsWire

// The fixed forms behind the interface of codec.h.

nonisolated(unsafe) private var setpoint = FixedJointSetpoint<30>()
nonisolated(unsafe) private var state = FixedWholeBodyState<30>()
nonisolated(unsafe) private var touched: Float = 0

@c(decode_setpoint)
public func decodeSetpoint(bytes: UnsafePointer<UInt8>, count: Int) -> Int {
    unsafe (try? setpoint.decode(RawSpan(_unsafeStart: bytes, byteCount: count))) == nil ? 0 : count
}

@c(encode_setpoint)
public func encodeSetpoint(bytes: UnsafeMutablePointer<UInt8>, capacity: Int) -> Int {
    var span = unsafe MutableRawSpan(_unsafeStart: bytes, byteCount: capacity)
    return unsafe setpoint.encode(into: &span)
}

@c(decode_state)
public func decodeState(bytes: UnsafePointer<UInt8>, count: Int) -> Int {
    unsafe (try? state.decode(RawSpan(_unsafeStart: bytes, byteCount: count))) == nil ? 0 : count
}

@c(encode_state)
public func encodeState(bytes: UnsafeMutablePointer<UInt8>, capacity: Int) -> Int {
    var span = unsafe MutableRawSpan(_unsafeStart: bytes, byteCount: capacity)
    return unsafe state.encode(into: &span)
}

@c(view_setpoint)
public func viewSetpoint(bytes: UnsafePointer<UInt8>, count: Int) -> Int {
    let span = unsafe RawSpan(_unsafeStart: bytes, byteCount: count)
    guard let view = CanonicalJointSetpoint<30>(span) else { return 0 }
    var sum: Float = 0
    sum += view.position(0) + view.position(29)
    sum += view.velocity(0) + view.velocity(29)
    sum += view.effort(0) + view.effort(29)
    sum += view.stiffness(0) + view.stiffness(29)
    sum += view.damping(0) + view.damping(29)
    unsafe touched = sum
    return count
}

@c(view_state)
public func viewState(bytes: UnsafePointer<UInt8>, count: Int) -> Int {
    let span = unsafe RawSpan(_unsafeStart: bytes, byteCount: count)
    guard let view = CanonicalWholeBodyState<30>(span) else { return 0 }
    var sum: Float = 0
    sum += view.position(0) + view.position(29)
    sum += view.velocity(0) + view.velocity(29)
    sum += view.effort(0) + view.effort(29)
    sum += view.commanded(0) + view.commanded(29)
    sum += view.applied(0) + view.applied(29)
    unsafe touched = sum
    return count
}
