import PonsMessages

/// Turns the head camera's pictures into Image messages: colour and depth of one capture, 15 times a second.
struct CameraFeed: Sendable {
    /// From capture to publication in virtual time, ns; in real time it is what rendering takes.
    private static let latencyNs: Int64 = 20_000_000

    private let camera = HeadCamera()
    /// In virtual time the clock waits for the picture, so that the seed decides everything.
    private let isRealTime: Bool
    private var nextNs: Int64?
    private var sequence: UInt64 = 0
    private var dueNs: Int64?

    init(isRealTime: Bool) { self.isRealTime = isRealTime }

    /// One cycle: captures when it is time, returns what is finished.
    mutating func advance(to now: Int64, _ coordinates: @autoclosure () -> [Double]) -> [Image] {
        let slot = nextNs ?? now
        if now >= slot {
            nextNs = now - slot > CameraShot.periodNs ? now + CameraShot.periodNs : slot + CameraShot.periodNs
            sequence += 1
            if camera.capture(coordinates(), sequence: sequence, at: now) { dueNs = now + Self.latencyNs }
        }
        if !isRealTime {
            guard let dueNs, now >= dueNs else { return [] }
            self.dueNs = nil
        }
        return camera.takeFinished(waiting: !isRealTime).flatMap { images($0, at: now) }
    }

    private func images(_ shot: HeadCamera.Shot, at now: Int64) -> [Image] {
        CameraShot(
            captureNs: shot.captureNs, exposureNs: 0, sequence: shot.sequence, width: SceneRenderer.width,
            height: SceneRenderer.height, colour: shot.picture.colour, depth: shot.picture.depth
        ).images(publishedAt: now)
    }
}
