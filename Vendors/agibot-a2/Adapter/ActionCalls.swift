public import PonsPort

/// The calls of `aimdk.protocol` that this port makes, each with JSON as protobuf maps it.
public enum ActionCalls {
    private static let port: UInt16 = 56322

    public static let setAction = NativeCall(port: port, path: "/rpc/aimdk.protocol.McActionService/SetAction")
    public static let getAction = NativeCall(port: port, path: "/rpc/aimdk.protocol.McActionService/GetAction")
    public static let setEmergency = NativeCall(
        port: port, path: "/rpc/aimdk.protocol.HalEmergencyService/SetEmergencyCommand")

    public static let all = [setAction, getAction, setEmergency]
}
