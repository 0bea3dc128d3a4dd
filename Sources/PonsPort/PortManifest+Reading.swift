extension PortManifest {
    private static let keys = [
        "schema", "id", "vendor", "model", "hardware", "legged", "profiles", "bundle", "sources", "unknown", "sign",
        "zero", "mass_kg", "joints", "parts", "assumed", "timing", "stops", "sensors", "command", "simulated", "ros2",
    ]

    /// Reads a manifest and checks it against itself.
    ///
    /// - Parameter file: its name in complaints.
    /// - Throws: the first thing that is wrong, with its line.
    public init(parsing source: String, file: String) throws(ManifestError) {
        let root = try ManifestNode(parsing: source, file: file)
        let values = try root.mapping(of: "the manifest", keys: Self.keys)
        func required(_ key: String) throws(ManifestError) -> ManifestNode {
            guard let value = values[key] else { throw root.error("'\(key)' is missing", "write \(key): …") }
            return value
        }
        _ = try required("schema").choice(of: "schema", ["pons.manifest/1"])
        id = try required("id").text(of: "id")
        vendor = try required("vendor").text(of: "vendor")
        model = try required("model").text(of: "model")
        hardware = try required("hardware").text(of: "hardware")
        isLegged = try required("legged").truth(of: "legged")
        profiles = try Self.texts(try required("profiles"), "profiles")
        bundle = try values["bundle"]?.choice(of: "bundle", ["industrial", "commercial", "consumer"])
        command = try values["command"]?.text(of: "command")
        isSimulated = try values["simulated"]?.truth(of: "simulated") ?? true
        sources = try Self.texts(try required("sources"), "sources")
        unknown = try values["unknown"].map { node throws(ManifestError) in try Self.texts(node, "unknown") } ?? []
        sign = try required("sign").text(of: "sign")
        zero = try required("zero").text(of: "zero")
        massKg = try values["mass_kg"]?.number(of: "mass_kg")
        assumed = try Assumptions(try required("assumed"))
        joints = []
        for node in try required("joints").list(of: "joints") { joints.append(try Joint(node, assumed)) }
        parts = []
        for node in try required("parts").list(of: "parts") { parts.append(try Part(node)) }
        timing = try Timing(try required("timing"))
        stops = []
        for node in try required("stops").list(of: "stops") { stops.append(try Stop(node)) }
        sensors = []
        for node in try values["sensors"]?.list(of: "sensors") ?? [] { sensors.append(try Sensor(node)) }
        ros2 = try values["ros2"].map { node throws(ManifestError) in try ROS2(node, joints: joints) }
        try check(root)
    }

    private static func texts(_ node: ManifestNode, _ what: String) throws(ManifestError) -> [String] {
        var texts: [String] = []
        for element in try node.list(of: what) { texts.append(try element.text(of: "an element of \(what)")) }
        return texts
    }

    // MARK: Against itself

    private func check(_ root: ManifestNode) throws(ManifestError) {
        guard !joints.isEmpty else { throw root.error("there are no joints", "write at least one") }
        if let twice = Self.firstTwice(joints.map(\.name)) {
            throw root.error("two joints are called \(twice)", "names of joints are theirs alone")
        }
        if let twice = Self.firstTwice(joints.compactMap(\.native)) {
            throw root.error("two joints have the native place \(twice)", "give each its own")
        }
        if let twice = Self.firstTwice(joints.map(\.child)) {
            throw root.error("two joints move the link \(twice)", "a body is a tree: one joint for each child")
        }
        guard roots.count == 1 else {
            throw root.error(
                "links that no joint moves: \(roots.sorted().joined(separator: ", "))",
                "a body is a tree with one root; check parent and child")
        }
        let chains = Set(joints.map(\.chain))
        for chain in parts.flatMap(\.chains) where !chains.contains(chain) {
            throw root.error("no joint has part: \(chain)", "use \(chains.sorted().joined(separator: ", "))")
        }
        guard parts.first?.parent == "" && parts.dropFirst().allSatisfy({ !$0.parent.isEmpty }) else {
            throw root.error("the first part is the whole body, and all others are in one", "write in: of the others")
        }
        for (index, part) in parts.enumerated().dropFirst()
        where !parts[..<index].contains(where: { $0.name == part.parent }) {
            throw root.error("part \(part.name) is in \(part.parent), which is not above it", "mend in: or the order")
        }
        for isEmergency in [false, true] where !stops.contains(where: { $0.isEmergency == isEmergency }) {
            throw root.error(
                "there is no \(isEmergency ? "emergency" : "protective") stop", "say how the robot stops, and how fast")
        }
    }

    private static func firstTwice<Element: Hashable>(_ elements: [Element]) -> Element? {
        var seen: Set<Element> = []
        return elements.first { !seen.insert($0).inserted }
    }
}

extension PortManifest.Joint {
    fileprivate init(_ node: ManifestNode, _ assumed: PortManifest.Assumptions) throws(ManifestError) {
        let values = try node.mapping(
            of: "a joint",
            keys: [
                "name", "part", "parent", "child", "lower", "upper", "velocity", "effort", "stiffness", "damping",
                "stand", "seat", "native", "drive_mode", "topic",
            ])
        func required(_ key: String) throws(ManifestError) -> ManifestNode {
            guard let value = values[key] else { throw node.error("a joint without \(key)", "write \(key): …") }
            return value
        }
        name = try required("name").text(of: "name")
        let joint = "joint \(name)"
        chain = try required("part").text(of: "part")
        parent = try required("parent").text(of: "parent")
        child = try required("child").text(of: "child")
        lower = try required("lower").number(of: "\(joint): lower")
        upper = try required("upper").number(of: "\(joint): upper")
        velocity = try required("velocity").number(of: "\(joint): velocity")
        let effort = try required("effort")
        self.effort = effort.isUnknown ? nil : try effort.number(of: "\(joint): effort")
        guard let strength = self.effort ?? assumed.effort else {
            throw effort.error(
                "\(joint): effort is unknown, and so is what a simulated drive gives", "write effort: under assumed:")
        }
        self.strength = strength
        stiffness = try values["stiffness"]?.number(of: "\(joint): stiffness")
        damping = try values["damping"]?.number(of: "\(joint): damping")
        let standing = try values["stand"]?.number(of: "\(joint): stand") ?? 0
        stand = standing
        seat = try values["seat"]?.number(of: "\(joint): seat") ?? standing
        native = try values["native"]?.number(of: "\(joint): native").asIndex(node, "\(joint): native")
        driveMode = try values["drive_mode"]?.number(of: "\(joint): drive_mode").asIndex(node, "\(joint): drive_mode")
        topic = try values["topic"]?.text(of: "\(joint): topic")
        try check(node, joint)
    }

    private func check(_ node: ManifestNode, _ joint: String) throws(ManifestError) {
        guard lower < upper else {
            throw node.error(
                "\(joint): lower \(lower) is not below upper \(upper)", "a placeholder is no limit (DSC-03)")
        }
        guard (stiffness == nil) == (damping == nil) else {
            throw node.error("\(joint): one of stiffness and damping", "write both, or none where there are no gains")
        }
        guard stiffness == nil || effort != nil else {
            throw node.error(
                "\(joint): gains, and an effort that nobody knows", "find the effort, or leave the gains out (DSC-06)")
        }
        for (what, value) in [
            ("velocity", velocity), ("effort", effort ?? 1), ("stiffness", stiffness ?? 1), ("damping", damping ?? 1),
        ]
        where value <= 0 {
            throw node.error("\(joint): \(what) is \(value)", "0 is a placeholder, not a limit; find the fact")
        }
        for (what, value) in [("stand", stand), ("seat", seat)] where value <= lower || value >= upper {
            throw node.error("\(joint): \(what) \(value) is outside \(lower)…\(upper)", "choose a posture it can take")
        }
    }
}

extension Double {
    fileprivate func asIndex(_ node: ManifestNode, _ what: String) throws(ManifestError) -> Int {
        guard let index = Int(exactly: self), (0..<256).contains(index) else {
            throw node.error("\(what) \(self) is no place in an array", "count from 0")
        }
        return index
    }
}

extension PortManifest.Part {
    fileprivate init(_ node: ManifestNode) throws(ManifestError) {
        let values = try node.mapping(of: "a part", keys: ["name", "in", "joints"])
        guard let name = values["name"] else { throw node.error("a part without name", "write name: …") }
        self.name = try name.text(of: "name of a part")
        parent = try values["in"]?.text(of: "in") ?? ""
        chains = []
        for chain in try values["joints"]?.list(of: "joints of a part") ?? [] {
            chains.append(try chain.text(of: "joints of a part"))
        }
    }
}

extension ManifestNode {
    /// Numbers under the keys, all of them positive.
    ///
    /// - Parameter optional: keys that may be left out.
    fileprivate func positives(
        of what: String, _ keys: [String], optional: [String] = []
    ) throws(ManifestError) -> [String: Double] {
        let values = try mapping(of: what, keys: keys + optional)
        for key in keys where values[key] == nil { throw error("\(what) has no \(key)", "write \(key): …") }
        var numbers: [String: Double] = [:]
        for (key, value) in values {
            let number = try value.number(of: key)
            guard number > 0 else { throw value.error("\(key) must be greater than 0", "0 is a placeholder") }
            numbers[key] = number
        }
        return numbers
    }
}

extension PortManifest.Assumptions {
    fileprivate init(_ node: ManifestNode) throws(ManifestError) {
        let values = try node.positives(
            of: "assumed",
            [
                "acceleration_per_velocity", "jerk_per_velocity", "stiffness_per_effort", "damping_per_effort",
                "bump_tolerance_rad", "following_error_rad", "following_error_time_ms",
            ], optional: ["effort", "temperature_limit_c"])
        accelerationPerVelocity = values["acceleration_per_velocity"]!
        jerkPerVelocity = values["jerk_per_velocity"]!
        effort = values["effort"]
        stiffnessPerEffort = values["stiffness_per_effort"]!
        dampingPerEffort = values["damping_per_effort"]!
        bumpToleranceRad = values["bump_tolerance_rad"]!
        followingErrorRad = values["following_error_rad"]!
        followingErrorTimeNs = Int64(values["following_error_time_ms"]! * 1e6)
        temperatureLimitC = values["temperature_limit_c"]
    }
}

extension PortManifest.Timing {
    fileprivate init(_ node: ManifestNode) throws(ManifestError) {
        let values = try node.positives(
            of: "timing", ["spinal_rate_hz", "small_brain_rate_hz", "state_rate_hz", "setpoint_deadline_ms"])
        spinalRateHz = values["spinal_rate_hz"]!
        smallBrainRateHz = values["small_brain_rate_hz"]!
        stateRateHz = values["state_rate_hz"]!
        setpointDeadlineNs = Int64(values["setpoint_deadline_ms"]! * 1e6)
    }
}

extension PortManifest.Stop {
    fileprivate init(_ node: ManifestNode) throws(ManifestError) {
        let keys = ["kind", "category", "time_ms", "travel_rad", "method"]
        let values = try node.mapping(of: "a stop", keys: keys)
        for key in keys where values[key] == nil { throw node.error("a stop without \(key)", "write \(key): …") }
        isEmergency = try values["kind"]!.choice(of: "kind of a stop", ["protective", "emergency"]) == "emergency"
        category = Int(try values["category"]!.choice(of: "category", ["0", "1", "2"]))!
        timeNs = Int64(try values["time_ms"]!.number(of: "time_ms") * 1e6)
        travelRad = try values["travel_rad"]!.number(of: "travel_rad")
        method = try values["method"]!.text(of: "method")
    }
}

extension PortManifest.Sensor {
    fileprivate init(_ node: ManifestNode) throws(ManifestError) {
        let keys = ["id", "kind", "frame", "rate_hz"]
        let values = try node.mapping(of: "a sensor", keys: keys + ["topic", "mount", "optics"])
        for key in keys where values[key] == nil { throw node.error("a sensor without \(key)", "write \(key): …") }
        id = try values["id"]!.text(of: "id")
        kind = Kind(rawValue: try values["kind"]!.choice(of: "kind of a sensor", Kind.allCases.map(\.rawValue)))!
        frame = try values["frame"]!.text(of: "frame")
        rateHz = try values["rate_hz"]!.number(of: "rate_hz")
        guard rateHz > 0 else { throw values["rate_hz"]!.error("rate_hz must be greater than 0", "0 is a placeholder") }
        topic = try values["topic"]?.text(of: "topic of a sensor")
        mount = try values["mount"].map { node throws(ManifestError) in try PortManifest.Mount(node) }
        optics = try values["optics"].map { node throws(ManifestError) in try PortManifest.Optics(node) }
        guard (optics == nil) == (kind == .imu) else {
            throw node.error(
                "sensor \(id): optics belong to cameras", "write optics: for a camera, and for nothing else")
        }
        guard kind == .imu || topic != nil else { throw node.error("camera \(id) without topic", "write topic: …") }
    }
}

extension PortManifest.Optics {
    fileprivate init(_ node: ManifestNode) throws(ManifestError) {
        let keys = ["size", "focal", "centre", "exposure_ms"]
        let values = try node.mapping(of: "optics", keys: keys + ["grouped"])
        for key in keys where values[key] == nil { throw node.error("optics without \(key)", "write \(key): …") }
        let size = try values["size"]!.numbers(2, of: "size")
        guard size.allSatisfy({ (1...16_384).contains($0) && $0 == $0.rounded() }) else {
            throw values["size"]!.error("a picture can't have this size", "write [width, height] in pixels")
        }
        (width, height) = (UInt32(size[0]), UInt32(size[1]))
        focal = try values["focal"]!.numbers(2, of: "focal")
        centre = try values["centre"]!.numbers(2, of: "centre")
        guard focal.allSatisfy({ $0 > 0 }) else {
            throw values["focal"]!.error("focal must be greater than 0", "write [fx, fy] in pixels")
        }
        exposureNs = Int64(try values["exposure_ms"]!.number(of: "exposure_ms") * 1e6)
        isGrouped = try values["grouped"]?.truth(of: "grouped") ?? false
    }
}

extension PortManifest.Mount {
    fileprivate init(_ node: ManifestNode) throws(ManifestError) {
        let keys = ["in", "xyz", "xyzw"]
        let values = try node.mapping(of: "mount", keys: keys)
        for key in keys where values[key] == nil { throw node.error("a mount without \(key)", "write \(key): …") }
        parent = try values["in"]!.text(of: "in")
        pose = MountPose(
            position: try values["xyz"]!.numbers(3, of: "xyz"), rotation: try values["xyzw"]!.numbers(4, of: "xyzw"))
        let length = pose.rotation.reduce(0) { $0 + $1 * $1 }
        guard abs(length - 1) < 0.001 else {
            throw values["xyzw"]!.error(
                "xyzw is no unit quaternion", "x y z w, such as [0, 0, 0, 1]; w comes last (PER-09)")
        }
    }
}

extension ManifestNode {
    fileprivate func numbers(_ count: Int, of what: String) throws(ManifestError) -> [Double] {
        var numbers: [Double] = []
        for element in try list(of: what) { numbers.append(try element.number(of: what)) }
        guard numbers.count == count else { throw error("\(what) has \(numbers.count) numbers", "write \(count)") }
        return numbers
    }
}
