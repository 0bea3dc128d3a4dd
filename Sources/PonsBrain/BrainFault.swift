/// The requirements of part BRN that the reference brain can be made to break, by id.
public enum BrainFault: String, CaseIterable, Sendable {
    case brn01 = "BRN-01", brn02 = "BRN-02", brn03 = "BRN-03", brn04 = "BRN-04", brn05 = "BRN-05", brn06 = "BRN-06"
    case brn07 = "BRN-07", brn08 = "BRN-08", brn09 = "BRN-09", brn10 = "BRN-10", brn11 = "BRN-11", brn12 = "BRN-12"
    case brn13 = "BRN-13"
}
