extension SensorKind {
    /// It takes pictures (PER-09).
    public var isCamera: Bool { self == .colourCamera || self == .depthCamera }
}
