/// Where a reference robot can be made to break exactly one requirement.
///
/// Asked only at the point where the answer changes what the robot does, so that every `true` is an applied fault.
/// A vendor's build uses ``NoFaults``: the questions compile to nothing.
public protocol FaultPort: Sendable {
    mutating func breaks(_ fault: Fault) -> Bool

    /// How much later than it could the robot reacts; ns.
    mutating func lateness(_ reaction: TimedReaction) -> Int64
}

extension FaultPort {
    @inlinable public mutating func lateness(_ reaction: TimedReaction) -> Int64 { 0 }
}

/// A robot that keeps every requirement.
public struct NoFaults: FaultPort {
    public init() {}
    @inlinable public mutating func breaks(_ fault: Fault) -> Bool { false }
}

/// The requirements the reference robot can break, by id.
public enum Fault: String, CaseIterable, Sendable {
    case lnk01 = "LNK-01", lnk02 = "LNK-02", lnk03 = "LNK-03", lnk04 = "LNK-04", lnk05 = "LNK-05", lnk06 = "LNK-06",
        lnk07 = "LNK-07",
        lnk08 = "LNK-08"
    case lnk09 = "LNK-09", lnk10 = "LNK-10", lnk13 = "LNK-13", lnk14 = "LNK-14", lnk15 = "LNK-15"
    case tim01 = "TIM-01", tim02 = "TIM-02", tim04 = "TIM-04", tim05 = "TIM-05", tim06 = "TIM-06", tim07 = "TIM-07",
        tim08 = "TIM-08"
    case tim09 = "TIM-09", tim10 = "TIM-10", tim12 = "TIM-12"
    case dsc01 = "DSC-01", dsc02 = "DSC-02", dsc03 = "DSC-03", dsc04 = "DSC-04", dsc05 = "DSC-05", dsc06 = "DSC-06"
    case dsc07 = "DSC-07", dsc08 = "DSC-08", dsc11 = "DSC-11", dsc12 = "DSC-12", dsc13 = "DSC-13"
    case cmd01 = "CMD-01", cmd02 = "CMD-02", cmd03 = "CMD-03", cmd04 = "CMD-04", cmd05 = "CMD-05", cmd06 = "CMD-06",
        cmd07 = "CMD-07", cmd08 = "CMD-08"
    case cmd09 = "CMD-09", cmd10 = "CMD-10", cmd13 = "CMD-13", cmd16 = "CMD-16", cmd17 = "CMD-17", cmd18 = "CMD-18"
    case cmd19 = "CMD-19"
    case cmd11 = "CMD-11", cmd12 = "CMD-12", cmd14 = "CMD-14", cmd15 = "CMD-15"
    case mot03 = "MOT-03", mot04 = "MOT-04", mot05 = "MOT-05", mot07 = "MOT-07", mot08 = "MOT-08", mot09 = "MOT-09"
    case mot06 = "MOT-06", mot10 = "MOT-10", mot11 = "MOT-11", mot15 = "MOT-15", mot14 = "MOT-14", mot16 = "MOT-16",
        mot17 = "MOT-17", mot18 = "MOT-18",
        mot20 = "MOT-20"
    case saf01 = "SAF-01", saf04 = "SAF-04", saf06 = "SAF-06", saf08 = "SAF-08", saf10 = "SAF-10", saf12 = "SAF-12"
    case saf02 = "SAF-02", saf03 = "SAF-03", saf07 = "SAF-07", saf09 = "SAF-09", saf11 = "SAF-11", saf13 = "SAF-13",
        saf18 = "SAF-18"
    case saf14 = "SAF-14", saf15 = "SAF-15", saf17 = "SAF-17", saf26 = "SAF-26", saf28 = "SAF-28", saf29 = "SAF-29",
        saf30 = "SAF-30"
    case saf19 = "SAF-19", saf20 = "SAF-20", hum05 = "HUM-05"
    case bch02 = "BCH-02", bch03 = "BCH-03", bch06 = "BCH-06", bch07 = "BCH-07", bch09 = "BCH-09", bch10 = "BCH-10"
    case fmt01 = "FMT-01", fmt02 = "FMT-02", fmt03 = "FMT-03", fmt04 = "FMT-04", fmt05 = "FMT-05", fmt06 = "FMT-06"
    case fmt07 = "FMT-07", fmt08 = "FMT-08", fmt09 = "FMT-09", fmt10 = "FMT-10", fmt11 = "FMT-11"
    case fmt14 = "FMT-14", fmt15 = "FMT-15", fmt16 = "FMT-16"
    case ver01 = "VER-01", ver03 = "VER-03", ver04 = "VER-04", ver05 = "VER-05", ver06 = "VER-06"
    case tim11 = "TIM-11", ver10 = "VER-10"
    case saf24 = "SAF-24", saf25 = "SAF-25"
    case sec10 = "SEC-10", sec12 = "SEC-12", mot01 = "MOT-01", mot02 = "MOT-02", bch12 = "BCH-12", cmd20 = "CMD-20"
    case sec01 = "SEC-01", sec02 = "SEC-02", sec04 = "SEC-04", sec09 = "SEC-09", bch13 = "BCH-13"
    case per01 = "PER-01", per02 = "PER-02", per03 = "PER-03", per04 = "PER-04", per05 = "PER-05", per06 = "PER-06"
    case per08 = "PER-08", per09 = "PER-09", per10 = "PER-10", per11 = "PER-11", per13 = "PER-13", per14 = "PER-14"
    case per15 = "PER-15", per16 = "PER-16"
    case saf05 = "SAF-05", saf16 = "SAF-16", saf21 = "SAF-21", saf22 = "SAF-22", saf23 = "SAF-23", saf27 = "SAF-27"
    case hum01 = "HUM-01", hum02 = "HUM-02", hum03 = "HUM-03", hum04 = "HUM-04", hum06 = "HUM-06", hum07 = "HUM-07"
    case hum08 = "HUM-08"
    case mot12 = "MOT-12", mot19 = "MOT-19", tim03 = "TIM-03", bch08 = "BCH-08", bch11 = "BCH-11", cnf03 = "CNF-03"
    case rec07 = "REC-07", lnk11 = "LNK-11", sec06 = "SEC-06"
    case mot13 = "MOT-13", hum09 = "HUM-09", hum10 = "HUM-10", ver09 = "VER-09", sec08 = "SEC-08", sec11 = "SEC-11",
        sec13 = "SEC-13"
    case lnk12 = "LNK-12", per17 = "PER-17", dsc09 = "DSC-09"
    /// Those that lie: what is told and what is done differ.
    case movesOn = "MOVES-ON", stopsInSilence = "STOPS-IN-SILENCE", followsRefused = "FOLLOWS-REFUSED",
        saysAccepted = "SAYS-ACCEPTED"
    case per12 = "PER-12", sec03 = "SEC-03", sec05 = "SEC-05", cnf01 = "CNF-01", cnf01Kept = "CNF-01-KEPT", cnf02 =
        "CNF-02"
}
