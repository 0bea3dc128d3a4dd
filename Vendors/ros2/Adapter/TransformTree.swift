public import PonsPort
public import ROS2Messages

/// What `/tf_static` has said: each frame in its parent.
public struct TransformTree: Sendable {
    private var parents: [String: (parent: String, pose: MountPose)] = [:]

    public init() {}

    public mutating func add(_ message: TransformsMessage) {
        for transform in message.transforms {
            parents[transform.child] = (
                transform.header.frame, MountPose(position: transform.translation, rotation: transform.rotation)
            )
        }
    }

    /// A frame in one above it; `nil` where transforms between them are missing.
    public func pose(of frame: String, in ancestor: String) -> MountPose? {
        var (pose, current) = (MountPose(), frame)
        // As many steps as there are frames: a ring ends here.
        for _ in 0...parents.count {
            if current == ancestor { return pose }
            guard let step = parents[current] else { return nil }
            pose = step.pose.followed(by: pose)
            current = step.parent
        }
        return nil
    }
}
