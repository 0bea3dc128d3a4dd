extension PortManifest {
    /// How a robot behind ros2_control is reached: `ros2:` of the manifest. Names are ROS 2's, with or without the first slash.
    public struct ROS2: Equatable, Sendable {
        public struct Controller: Equatable, Sendable {
            public enum Kind: String, CaseIterable, Sendable {
                /// joint_trajectory_controller, told on `NAME/joint_trajectory`.
                case trajectory
                /// Forward command controllers, told on `NAME/commands`.
                case position
                case velocity
                /// A driver that takes sensor_msgs/JointState, told on NAME itself.
                case jointState = "joint_state"
            }

            /// Of a controller as ros2 control lists it; of a driver its topic.
            public var name: String
            public var kind: Kind
            /// Places in the manifest, in the controller's own order.
            public var joints: [Int]
            /// Of velocity controllers: how fast a deviation from the path is brought back, 1/s.
            public var gainPerS: Double
        }

        public var jointStates: String
        public var controllers: [Controller]
        /// The forward_command_controller of the hardware's enabling interface; `nil` where there is none.
        public var power: String?
    }
}

extension PortManifest.ROS2 {
    /// - Parameter joints: of the manifest: each must have exactly one controller.
    init(_ node: ManifestNode, joints: [PortManifest.Joint]) throws(ManifestError) {
        let values = try node.mapping(of: "ros2", keys: ["joint_states", "controllers", "power"])
        jointStates = try values["joint_states"]?.text(of: "joint_states") ?? "joint_states"
        power = try values["power"]?.text(of: "power")
        controllers = []
        guard let list = values["controllers"] else {
            throw node.error("ros2 has no controllers", "write controllers:")
        }
        for element in try list.list(of: "controllers") { controllers.append(try Controller(element, joints: joints)) }
        for (index, joint) in joints.enumerated() {
            let count = controllers.reduce(0) { $0 + $1.joints.count { $0 == index } }
            guard count == 1 else {
                throw list.error(
                    "joint \(joint.name) has \(count) controllers", "name it, or its part, in joints: of exactly one")
            }
        }
    }
}

extension PortManifest.ROS2.Controller {
    fileprivate init(_ node: ManifestNode, joints all: [PortManifest.Joint]) throws(ManifestError) {
        let values = try node.mapping(of: "a controller", keys: ["name", "kind", "joints", "gain_per_s"])
        func required(_ key: String) throws(ManifestError) -> ManifestNode {
            guard let value = values[key] else { throw node.error("a controller without \(key)", "write \(key): …") }
            return value
        }
        name = try required("name").text(of: "name of a controller")
        let word = try required("kind").choice(of: "kind of a controller", Kind.allCases.map(\.rawValue))
        kind = Kind(rawValue: word)!
        joints = []
        for element in try required("joints").list(of: "joints of a controller") {
            let name = try element.text(of: "joints of a controller")
            let places = all.indices.filter { all[$0].name == name || all[$0].chain == name }
            guard !places.isEmpty else {
                throw element.error("no joint and no part of joints is called \(name)", "use names of joints:")
            }
            joints += places
        }
        gainPerS = try values["gain_per_s"]?.number(of: "gain_per_s") ?? 0
        guard (gainPerS > 0) == (kind == .velocity) else {
            throw node.error(
                "controller \(name): gain_per_s is for velocity controllers, and they need one",
                "write gain_per_s: 10 there, and nothing elsewhere")
        }
    }
}
