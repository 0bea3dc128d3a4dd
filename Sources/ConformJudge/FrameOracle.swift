import PonsMessages
import PonsReflection

/// `frames`: the frames a robot describes make one tree, its rotations are rotations in the order x, y, z, w, and what it
/// sends lies in frames of that tree (PER-09).
enum FrameOracle {
    private static let normTolerance = 1e-6
    /// How far gravity may lie from up, turned into the world; m/s². A quaternion in the order w, x, y, z misses by far more.
    private static let gravityTolerance = 1.5

    static func judge(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        outcome.expected =
            "one tree of frames, unit quaternions in the order x, y, z, w, every message in a frame of the tree"
        guard let descriptor = context.evidence.descriptor else {
            (outcome.verdict, outcome.reason) = (.inconclusive, .observableMissing)
            return
        }
        let problem = treeDefect(descriptor) ?? sampleDefect(arguments["peer"]?.text, descriptor, context)
        outcome.verdict = problem == nil ? .pass : .fail
        outcome.seen = problem ?? "\(descriptor.frames.count) frames, as required"
    }

    private static func treeDefect(_ descriptor: Descriptor) -> String? {
        let frames = descriptor.frames
        let names = Set(frames.map(\.name))
        if names.count < frames.count { return "two frames have the same name" }
        guard frames.count(where: { $0.parent.isEmpty }) == 1 else { return "not exactly one frame without a parent" }
        let parents = Dictionary(uniqueKeysWithValues: frames.map { ($0.name, $0.parent) })
        for frame in frames {
            var (at, steps) = (frame.name, 0)
            while let parent = parents[at], !parent.isEmpty, steps < frames.count { (at, steps) = (parent, steps + 1) }
            if parents[at] == nil { return "frame \(frame.name) hangs on \(at), which is not described" }
            if steps == frames.count { return "frame \(frame.name) is its own ancestor" }
            if let rotation = frame.poseInParent?.orientation, let defect = normDefect(rotation, frame.name) {
                return defect
            }
        }
        for sensor in descriptor.sensors {
            if !names.contains(sensor.frame) { return "sensor \(sensor.id) lies in unknown frame \(sensor.frame)" }
            if let rotation = sensor.extrinsics?.orientation, let defect = normDefect(rotation, sensor.id) {
                return defect
            }
        }
        return nil
    }

    private static func normDefect(_ rotation: Quaternion, _ name: String) -> String? {
        let norm = (rotation.vector * rotation.vector).sum().squareRoot()
        return abs(norm - 1) <= normTolerance ? nil : "the quaternion of \(name) has norm \(norm)"
    }

    private static func sampleDefect(_ peer: String?, _ descriptor: Descriptor, _ context: JudgeContext) -> String? {
        let names = Set(descriptor.frames.map(\.name))
        for record in context.evidence.records where record.kind == .received && record.peer == peer {
            guard let sample = record.message as? ImuSample, let header = sample.header else { continue }
            if !names.contains(header.frame) { return "\(header.sensorID) sends in unknown frame '\(header.frame)'" }
            guard let rotation = sample.orientation, let force = sample.specificForce else { continue }
            let up = turned(force.vector, by: rotation.vector)
            let off = up - SIMD3(0, 0, 9.81)
            // What is no number is off as well.
            if !((off * off).sum().squareRoot() <= gravityTolerance) {
                return
                    "\(header.sensorID): its orientation turns gravity to (\(Quantity.rounded(up.x)), \(Quantity.rounded(up.y)), \(Quantity.rounded(up.z))) instead of up"
            }
        }
        return nil
    }

    /// v + 2 q × (q × v + w v)
    private static func turned(_ v: SIMD3<Double>, by q: SIMD4<Double>) -> SIMD3<Double> {
        func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
            SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
        }
        let axis = SIMD3(q.x, q.y, q.z)
        return v + 2 * cross(axis, cross(axis, v) + q.w * v)
    }
}

extension Vector3 {
    fileprivate var vector: SIMD3<Double> { SIMD3(x ?? .nan, y ?? .nan, z ?? .nan) }
}

extension Quaternion {
    fileprivate var vector: SIMD4<Double> { SIMD4(x ?? .nan, y ?? .nan, z ?? .nan, w ?? .nan) }
}
