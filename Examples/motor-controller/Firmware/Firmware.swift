import MotorController
import PonsSpinal
import PonsVocabulary
import PonsWire

// What the C part of the firmware calls. The controller is the only state, and interrupts are not used.

nonisolated(unsafe) private var controller = MotorController(identity: SessionIdentity(bootID: (1, 2), sessionID: 3))

@c(pons_start)
public func start(now: Int64) { unsafe controller.start(at: now) }

/// Returns 0, or the number of the reject reason.
@c(pons_receive)
public func receive(frame: UnsafePointer<UInt8>, count: Int, now: Int64) -> Int32 {
    let bytes = unsafe RawSpan(_unsafeStart: frame, byteCount: count)
    return unsafe controller.receive(bytes, at: now)?.rawValue ?? 0
}

@c(pons_tick)
public func tick(now: Int64) { unsafe controller.tick(at: now) }

/// Returns the size of the frame written.
@c(pons_state)
public func state(storage: UnsafeMutablePointer<UInt8>, count: Int, now: Int64) -> Int {
    var span = unsafe MutableRawSpan(_unsafeStart: storage, byteCount: count)
    return unsafe controller.encodeState(at: now, into: &span)
}

// The codec alone, to count its instructions.

nonisolated(unsafe) private var setpoint = FixedJointSetpoint<30>()
nonisolated(unsafe) private var whole = FixedWholeBodyState<30>()

/// Returns 0, or -1 if the payload is no setpoint.
@c(pons_decode_setpoint)
public func decodeSetpoint(payload: UnsafePointer<UInt8>, count: Int) -> Int32 {
    let bytes = unsafe RawSpan(_unsafeStart: payload, byteCount: count)
    return unsafe (try? setpoint.decode(bytes)) == nil ? -1 : 0
}

@c(pons_decode_state)
public func decodeState(payload: UnsafePointer<UInt8>, count: Int) -> Int32 {
    let bytes = unsafe RawSpan(_unsafeStart: payload, byteCount: count)
    return unsafe (try? whole.decode(bytes)) == nil ? -1 : 0
}

/// Encodes the state decoded last; returns its size.
@c(pons_encode_state)
public func encodeState(storage: UnsafeMutablePointer<UInt8>, count: Int) -> Int {
    var span = unsafe MutableRawSpan(_unsafeStart: storage, byteCount: count)
    return unsafe whole.encode(into: &span)
}
