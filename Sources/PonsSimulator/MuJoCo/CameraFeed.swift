import PonsMessages

/// Turns the head camera's pictures into Image messages: colour and depth of one capture.
struct CameraFeed: Sendable {
    /// From capture to publication in virtual time, ns; in real time it is what rendering takes.
    private static let latencyNs: Int64 = 20_000_000
    /// A picture that took longer to render is dropped: fewer pictures rather than older ones (PER-17).
    private static let freshNs: Int64 = 60_000_000

    private let camera = HeadCamera()
    /// In virtual time the clock waits for the picture, so that the seed decides everything.
    private let isRealTime: Bool
    private var nextNs: Int64?
    private var sequence: UInt64 = 0
    private var dueNs: Int64?

    private let periodNs: Int64

    /// - Parameter periodNs: ns between captures.
    init(isRealTime: Bool, periodNs: Int64) {
        self.isRealTime = isRealTime
        self.periodNs = periodNs
    }

    /// One cycle: captures when it is time, returns what is finished.
    mutating func advance(to now: Int64, _ coordinates: @autoclosure () -> [Double]) -> [Image] {
        let slot = nextNs ?? now
        if now >= slot {
            // Where nobody looked for a while, the numbers show how much was missed, and the next picture keeps the pace.
            let missed = (now - slot) / periodNs
            nextNs = slot + (missed + 1) * periodNs
            sequence += UInt64(missed) + 1
            if missed == 0, camera.capture(coordinates(), sequence: sequence, at: now) { dueNs = now + Self.latencyNs }
        }
        if !isRealTime {
            guard let dueNs, now >= dueNs else { return [] }
            self.dueNs = nil
        }
        return camera.takeFinished(waiting: !isRealTime).filter { now - $0.captureNs < Self.freshNs }.flatMap {
            images($0, at: now)
        }
    }

    private func images(_ shot: HeadCamera.Shot, at now: Int64) -> [Image] {
        CameraShot(
            captureNs: shot.captureNs, exposureNs: 0, sequence: shot.sequence, width: SceneRenderer.width,
            height: SceneRenderer.height, colour: shot.picture.colour, depth: shot.picture.depth
        ).images(publishedAt: now)
    }
}
