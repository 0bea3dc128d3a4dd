import PonsMessages

/// People near the robot as external sources report them, sector by sector.
///
/// What is old, unhealthy or missing counts as occupied (PER-16). A robot to which nobody ever reported watches nothing:
/// whether it may run without a source is decided where it is installed.
struct SeparationMonitor: Sendable {
    /// Reports older than this are worth nothing (SAF-22); ns.
    static let freshNs: Int64 = 100_000_000
    /// How far ahead of the robot's clock a report may be: the clock bound of perception (part TIM); ns.
    static let leadNs: Int64 = 5_000_000
    private static let sectorLimit = 32

    private struct Sector {
        let session: UInt64
        let start: Double
        var captureNs: Int64
        var distance: Double
        var uncertainty: Double
        var isHealthy: Bool
    }

    private var sectors: [Sector] = []
    /// A person is close enough to be slower, or to stop; what the sources say can't be relied on.
    var isNear = false
    var isTooClose = false
    var isLost = false

    var isActive: Bool { !sectors.isEmpty }

    /// What keeps the robot from being enabled, or `nil`.
    var obstacle: String? { isLost ? "perception_lost" : isTooClose ? "human_too_close" : nil }

    /// The nearest person, and how surely; m.
    var nearest: (distance: Double, uncertainty: Double)? {
        sectors.min { $0.distance - $0.uncertainty < $1.distance - $1.uncertainty }.map {
            ($0.distance, $0.uncertainty)
        }
    }

    /// Takes a report; returns why it is refused.
    mutating func take(_ report: HumanReport, of session: UInt64, at now: Int64) -> Rejection? {
        let capture = report.captureNs ?? 0
        guard capture <= now + Self.leadNs else { return Rejection(.tooFar, path: "capture_ns") }
        let sector = Sector(
            session: session, start: report.sectorStart ?? 0, captureNs: capture, distance: report.distance ?? 0,
            uncertainty: report.uncertainty ?? 0, isHealthy: report.sourceHealthy)
        guard let index = sectors.firstIndex(where: { $0.session == session && $0.start == sector.start }) else {
            guard sectors.count < Self.sectorLimit else {
                return Rejection(.limitExceeded, path: "sector_start", limit: Double(Self.sectorLimit))
            }
            sectors.append(sector)
            return nil
        }
        guard capture > sectors[index].captureNs else { return Rejection(.stale, path: "capture_ns") }
        sectors[index] = sector
        return nil
    }

    /// Whether every sector is reported by a healthy source, not too long ago.
    func isReliable(at now: Int64) -> Bool {
        sectors.allSatisfy { $0.isHealthy && now - $0.captureNs <= Self.freshNs }
    }

    func hasUnhealthySource() -> Bool { sectors.contains { !$0.isHealthy } }

    /// Forgets the sources that are gone; asked only while nothing moves.
    mutating func forget(where isGone: (UInt64) -> Bool) { sectors.removeAll { isGone($0.session) } }
}
