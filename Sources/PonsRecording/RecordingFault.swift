/// The requirements a recording of the reference robot can break, by id.
public enum RecordingFault: String, CaseIterable, Sendable {
    case checkedChunks = "REC-01"
    case clockAnchors = "REC-02"
    case refusedCommands = "REC-03"
    case separateArrays = "REC-04"
    case pastOfStops = "REC-05"
    case shortChunks = "REC-06"
    case episodeData = "REC-10"
}
