import Foundation
import PonsPort

/// Renders postures on a thread of its own, so that no control cycle waits for a picture: the plant leaves a posture and
/// collects the picture when it is finished.
final class HeadCamera: Sendable {
    struct Shot: Sendable {
        var captureNs: Int64
        var sequence: UInt64
        var picture: SceneRenderer.Picture
    }

    private struct Job {
        var captureNs: Int64
        var sequence: UInt64
        var coordinates: [Double]
    }

    private struct Desk {
        var job: Job?
        var finished: [Shot] = []
        var isClosed = false
        var hasFailed = false
    }

    /// Held by camera and thread alike: the thread outlives the camera by one picture at most.
    private let desk: Guarded<Desk>
    private let bell: DispatchSemaphore
    private let done: DispatchSemaphore

    init() {
        let (desk, bell, done) = (Guarded(Desk()), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        (self.desk, self.bell, self.done) = (desk, bell, done)
        Thread.detachNewThread { Self.work(desk, bell, done) }
    }

    deinit {
        desk.withLock { $0.isClosed = true }
        bell.signal()
    }

    /// Starts a capture; false while the last one is still being rendered.
    func capture(_ coordinates: [Double], sequence: UInt64, at now: Int64) -> Bool {
        let isTaken = desk.withLock { desk in
            guard desk.job == nil, !desk.hasFailed else { return false }
            desk.job = Job(captureNs: now, sequence: sequence, coordinates: coordinates)
            return true
        }
        if isTaken { bell.signal() }
        return isTaken
    }

    /// Pictures finished since the last call; `waiting` for the one in work.
    func takeFinished(waiting: Bool) -> [Shot] {
        while waiting, desk.withLock({ $0.job != nil && !$0.hasFailed }) { done.wait() }
        return desk.withLock { desk in
            defer { desk.finished.removeAll() }
            return desk.finished
        }
    }

    private static func work(_ desk: Guarded<Desk>, _ bell: DispatchSemaphore, _ done: DispatchSemaphore) {
        let renderer: SceneRenderer
        do throws(PlantFailure) { renderer = try SceneRenderer() } catch {
            FileHandle.standardError.write(Data("pons-sim: no camera: \(error.description)\n".utf8))
            desk.withLock { $0.hasFailed = true }
            return _ = done.signal()
        }
        while true {
            bell.wait()
            let (job, isClosed) = desk.withLock { ($0.job, $0.isClosed) }
            if isClosed { return }
            guard let job else { continue }
            let picture = renderer.render(job.coordinates)
            desk.withLock { desk in
                desk.finished.append(Shot(captureNs: job.captureNs, sequence: job.sequence, picture: picture))
                desk.job = nil
            }
            done.signal()
        }
    }
}
