/// What a link does to what it carries: the profiles P0 to P6 of Spec/v1/parts/LNK.md, as numbers.
///
/// The numbers are engineering proposals for the class of link that they name, not measurements of one.
public struct LinkProfile: Equatable, Sendable {
    /// Nothing arrives for `lengthNs`, once in every `periodNs`: a roam, a handover.
    public struct Outage: Equatable, Sendable {
        public var lengthNs: Int64
        public var periodNs: Int64
    }

    public var name: String
    public var english: String
    public var chinese: String
    /// One-way delay that everything has, ns.
    public var baseNs: Int64
    /// 99 of 100 arrive within this on top of the base, ns; the excess is exponential.
    public var jitterNs: Int64
    /// Shares of what is sent, 0 to 1.
    public var loss: Double
    public var reorder: Double
    public var duplicate: Double
    /// How many in a row a loss takes, shortest and longest.
    public var burst: ClosedRange<Int> = 1...1
    public var outage: Outage?
    /// Cuts and joins the bytes of a stream at random places.
    public var refragments = false

    public static let all: [LinkProfile] = [
        LinkProfile(
            name: "P0", english: "loopback", chinese: "本机回环", baseNs: 50_000, jitterNs: 200_000, loss: 0, reorder: 0,
            duplicate: 0),
        LinkProfile(
            name: "P1", english: "wired LAN", chinese: "有线局域网", baseNs: 300_000, jitterNs: 500_000, loss: 1e-6,
            reorder: 0, duplicate: 0),
        LinkProfile(
            name: "P2", english: "good Wi-Fi", chinese: "良好 Wi-Fi", baseNs: 3_000_000, jitterNs: 15_000_000,
            loss: 0.005, reorder: 0.005, duplicate: 0.001,
            outage: Outage(lengthNs: 60_000_000, periodNs: 30_000_000_000)),
        LinkProfile(
            name: "P3", english: "typical 5G", chinese: "典型 5G", baseNs: 8_000_000, jitterNs: 25_000_000, loss: 0.001,
            reorder: 0.001, duplicate: 0, outage: Outage(lengthNs: 120_000_000, periodNs: 60_000_000_000)),
        LinkProfile(
            name: "P4", english: "degraded 5G or edge", chinese: "劣化 5G 或边缘", baseNs: 30_000_000,
            jitterNs: 150_000_000, loss: 0.02, reorder: 0.02, duplicate: 0.005, burst: 3...20,
            outage: Outage(lengthNs: 800_000_000, periodNs: 45_000_000_000)),
        LinkProfile(
            name: "P5", english: "cloud over a wide area", chinese: "广域云", baseNs: 60_000_000, jitterNs: 120_000_000,
            loss: 0.01, reorder: 0.01, duplicate: 0.001,
            outage: Outage(lengthNs: 2_000_000_000, periodNs: 120_000_000_000)),
        LinkProfile(
            name: "P6", english: "hostile", chinese: "恶意", baseNs: 2_000_000, jitterNs: 40_000_000, loss: 0.05,
            reorder: 0.2, duplicate: 0.2, burst: 1...8, refragments: true),
    ]

    /// A link that changes nothing, for numbers of one's own.
    public static func own(named name: String) -> LinkProfile {
        LinkProfile(
            name: name, english: "numbers of one's own", chinese: "自定数值", baseNs: 0, jitterNs: 0, loss: 0, reorder: 0,
            duplicate: 0)
    }

    /// The profile of a name such as `P3`.
    public static func named(_ name: String) -> LinkProfile? { all.first { $0.name == name } }
}
