/// What a validator must know beyond the message: the joint count of the descriptor in force.
public struct ValidationContext: Equatable, Sendable {
    public var jointCount: Int

    public init(jointCount: Int) { self.jointCount = jointCount }
}
