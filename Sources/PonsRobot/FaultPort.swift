/// Where a reference robot can be made to break exactly one requirement.
///
/// Asked only at the point where the answer changes what the robot does, so that every `true` is an applied fault.
/// A vendor's build uses ``NoFaults``: the questions compile to nothing.
public protocol FaultPort: Sendable {
    mutating func breaks(_ fault: Fault) -> Bool
}

/// A robot that keeps every requirement.
public struct NoFaults: FaultPort {
    public init() {}
    @inlinable public mutating func breaks(_ fault: Fault) -> Bool { false }
}

/// The requirements the reference robot can break, by id.
public enum Fault: String, CaseIterable, Sendable {
    case lnk01 = "LNK-01", lnk03 = "LNK-03", lnk06 = "LNK-06", lnk07 = "LNK-07", lnk08 = "LNK-08"
    case lnk09 = "LNK-09", lnk13 = "LNK-13"
    case tim01 = "TIM-01", tim04 = "TIM-04", tim06 = "TIM-06", tim07 = "TIM-07", tim08 = "TIM-08"
    case dsc02 = "DSC-02", dsc03 = "DSC-03", dsc05 = "DSC-05", dsc06 = "DSC-06"
    case cmd02 = "CMD-02", cmd03 = "CMD-03", cmd05 = "CMD-05", cmd06 = "CMD-06", cmd07 = "CMD-07", cmd08 = "CMD-08"
    case cmd11 = "CMD-11", cmd12 = "CMD-12", cmd14 = "CMD-14", cmd15 = "CMD-15"
    case mot03 = "MOT-03", mot04 = "MOT-04", mot05 = "MOT-05", mot07 = "MOT-07", mot08 = "MOT-08", mot09 = "MOT-09"
    case mot11 = "MOT-11", mot15 = "MOT-15"
    case saf01 = "SAF-01", saf04 = "SAF-04", saf06 = "SAF-06", saf08 = "SAF-08", saf10 = "SAF-10", saf12 = "SAF-12"
}
