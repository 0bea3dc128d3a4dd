import Foundation
import FoundationXML

/// Joints of a body model file and their limits: URDF and MJCF (DSC-09).
public struct BodyModel: Sendable {
    public struct Joint: Equatable, Sendable {
        /// rad or m; `nil` where the file says nothing.
        public var lower, upper: Double?
        /// Joint-side, N·m or N; and rad/s or m/s.
        public var effort, velocity: Double?

        public init(lower: Double? = nil, upper: Double? = nil, effort: Double? = nil, velocity: Double? = nil) {
            (self.lower, self.upper, self.effort, self.velocity) = (lower, upper, effort, velocity)
        }
    }

    /// Bytes that are no model.
    public struct Failure: Error, Equatable {
        public let message: String
    }

    /// Media types that can be read.
    public static let mediaTypes = ["application/urdf+xml", "application/mjcf+xml"]

    /// By name.
    public private(set) var joints: [String: Joint] = [:]

    /// - Throws: why the bytes are no such model.
    public init(_ bytes: [UInt8]) throws(Failure) {
        let reader = Reader()
        let parser = XMLParser(data: Data(bytes))
        parser.delegate = reader
        guard parser.parse() else {
            throw Failure(message: "line \(parser.lineNumber): \(parser.parserError?.localizedDescription ?? "no XML")")
        }
        guard reader.depth == 0 else { throw Failure(message: "the file ends within an element") }
        guard let root = reader.root, root == "robot" || root == "mujoco" else {
            throw Failure(message: "the root element is <\(reader.root ?? "nothing")>, not <robot> or <mujoco>")
        }
        joints = reader.joints
    }

    /// Takes joints from the elements of both formats. Entities from outside are not loaded.
    private final class Reader: NSObject, XMLParserDelegate {
        var root: String?
        /// Elements that are open.
        var depth = 0
        var joints: [String: Joint] = [:]
        private var joint: String?

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            root = root ?? name
            depth += 1
            switch name {
            case "joint": begin(attributes)
            case "limit":
                guard let joint else { return }
                joints[joint]?.lower = attributes["lower"].flatMap(Double.init)
                joints[joint]?.upper = attributes["upper"].flatMap(Double.init)
                joints[joint]?.effort = attributes["effort"].flatMap(Double.init)
                joints[joint]?.velocity = attributes["velocity"].flatMap(Double.init)
            default: break
            }
        }

        func parser(
            _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
        ) {
            depth -= 1
            if name == "joint" { joint = nil }
        }

        private func begin(_ attributes: [String: String]) {
            guard let name = attributes["name"] else { return }
            joint = name
            // In MJCF the range stands in the joint itself.
            let range = (attributes["range"] ?? "").split(separator: " ").compactMap { Double($0) }
            joints[name] = range.count == 2 ? Joint(lower: range[0], upper: range[1]) : Joint()
        }
    }
}
