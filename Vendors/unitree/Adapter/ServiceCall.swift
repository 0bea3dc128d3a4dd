public import PonsPort

/// `unitree_api` request and response: remote calls over two topics of a service. The same number means different things on
/// different services: 1003 lets the robot go limp on `motion_switcher` and only stops walking on Go2's `sport`.
public struct ServiceCall: Equatable, Sendable {
    public static func requests(to service: String) -> String { "rt/api/\(service)/request" }
    public static func responses(of service: String) -> String { "rt/api/\(service)/response" }

    public var id: Int64
    public var api: Int64
    /// 0 is success; of responses.
    public var code: Int32 = 0
    /// JSON
    public var parameter = ""

    public init(id: Int64, api: Int64, parameter: String = "") {
        (self.id, self.api, self.parameter) = (id, api, parameter)
    }

    public var request: [UInt8] {
        var writer = CDRWriter()
        for value in [id, api, 0] { writer.write(value) }
        writer.write(Int32(0))
        writer.write(UInt8(0))
        writer.write(parameter)
        writer.count(0)
        return writer.bytes
    }

    public var response: [UInt8] {
        var writer = CDRWriter()
        for value in [id, api] { writer.write(value) }
        writer.write(code)
        writer.write(parameter)
        writer.count(0)
        return writer.bytes
    }

    public init(request bytes: [UInt8]) throws(CDRReader.Malformed) {
        var reader = try CDRReader(bytes)
        id = try reader.number()
        api = try reader.number()
        _ = try reader.number() as Int64
        _ = try reader.number() as Int32
        _ = try reader.number() as UInt8
        parameter = try reader.text(longest: 65_536)
    }

    public init(response bytes: [UInt8]) throws(CDRReader.Malformed) {
        var reader = try CDRReader(bytes)
        id = try reader.number()
        api = try reader.number()
        code = try reader.number()
        parameter = try reader.text(longest: 65_536)
    }
}

/// Service `motion_switcher`: which of the robot's own controllers drives it.
public enum MotionSwitcher {
    public static let service = "motion_switcher"
    public static let checkMode: Int64 = 1001
    public static let selectMode: Int64 = 1002
    /// The robot's own controller lets go; the robot is limp until somebody commands its motors.
    public static let releaseMode: Int64 = 1003
}
