/// The requirements the reference codec can break, by id.
public enum CodecFault: String, CaseIterable, Sendable {
    case frameCheck = "BCH-01"
    case zeroFrames = "BCH-04"
    case frameLength = "BCH-05"
    case covariance = "FMT-12"
    case unknownFields = "FMT-13"
    case olderClients = "VER-02"
}
