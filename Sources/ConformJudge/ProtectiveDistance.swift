public import PonsMessages

extension SeparationParameters {
    /// v_h (T_r + T_s) + v_r T_r + S_s + C + Z_d + Z_r of the declared terms, for a robot of this speed in m/s; m (SAF-23).
    public func protectiveDistance(atSpeed speed: Double) -> Double {
        let reaction = Double(reactionTimeNs ?? 0) * 1e-9
        let stopping = Double(stoppingTimeNs ?? 0) * 1e-9
        return (humanSpeed ?? 0) * (reaction + stopping) + speed * reaction + (stoppingDistance ?? 0)
            + (intrusionDistance ?? 0) + (positionUncertaintyHuman ?? 0) + (positionUncertaintyRobot ?? 0)
    }
}
