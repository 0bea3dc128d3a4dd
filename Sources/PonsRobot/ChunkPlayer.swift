import PonsMessages

/// Plays action chunks on their own time grid: a step whose time has passed is never shifted to later (CMD-12).
struct ChunkPlayer: Sendable {
    struct Chunk: Sendable {
        var id: UInt64
        var startNs: Int64
        var periodNs: Int64
        var horizon: Int
        var commitPrefix: Int
        var positions: [Float]
        var gripperOpening: [Float]

        init(_ message: ActionChunk) {
            id = message.chunkID ?? 0
            startNs = message.startNs ?? 0
            periodNs = max(message.stepPeriodNs ?? 1, 1)
            horizon = Int(message.horizon ?? 0)
            commitPrefix = Int(message.commitPrefix ?? 0)
            positions = message.position
            gripperOpening = message.gripperOpening
        }

        var endNs: Int64 { startNs + Int64(horizon) * periodNs }
        var committedUntilNs: Int64 { startNs + Int64(min(commitPrefix, horizon)) * periodNs }

        /// Index of the first step that is not over at `now`.
        func firstStep(at now: Int64) -> Int { now <= startNs ? 0 : Int((now - startNs + periodNs - 1) / periodNs) }

        func step(at now: Int64) -> Int { Int((now - startNs) / periodNs) }
    }

    private(set) var running: Chunk?
    private(set) var next: Chunk?
    private(set) var newestID: UInt64 = 0
    /// When the last chunk ran out without a successor.
    private(set) var underrunNs: Int64?

    /// Queues a chunk: it takes over at its own start, never inside the committed prefix of the running one (CMD-14).
    mutating func enqueue(_ chunk: Chunk, at now: Int64) {
        newestID = max(newestID, chunk.id)
        underrunNs = nil
        if running == nil { running = chunk } else { next = chunk }
        promote(at: now)
    }

    /// Replaces whatever runs, at once; only a broken robot does.
    mutating func overwrite(with chunk: Chunk) {
        running = chunk
        next = nil
        underrunNs = nil
    }

    mutating func clear() {
        running = nil
        next = nil
        underrunNs = nil
    }

    /// Forgets ids as well: a new session of authority.
    mutating func restart() {
        clear()
        newestID = 0
    }

    /// Steps that may still be executed.
    func depth(at now: Int64) -> Int {
        let chunk = next ?? running
        guard let chunk else { return 0 }
        return max(0, chunk.horizon - max(0, chunk.firstStep(at: now)))
    }

    /// Joint targets at `now`, or `nil` when nothing is to be played. Linear between steps.
    mutating func targets(at now: Int64, jointCount: Int) -> [Float]? {
        promote(at: now)
        guard let chunk = running else { return nil }
        if now < chunk.startNs { return nil }
        if now >= chunk.endNs {
            running = nil
            underrunNs = chunk.endNs
            return nil
        }
        let step = chunk.step(at: now)
        let following = min(step + 1, chunk.horizon - 1)
        let share = Float((now - chunk.startNs) % chunk.periodNs) / Float(chunk.periodNs)
        return (0..<jointCount).map { joint in
            let from = chunk.positions[step * jointCount + joint]
            return from + share * (chunk.positions[following * jointCount + joint] - from)
        }
    }

    /// Gripper openings of the step being executed; empty where the chunk moves no gripper. Call ``targets`` first.
    func openings(at now: Int64) -> [Float] {
        guard let chunk = running, chunk.horizon > 0, now >= chunk.startNs, now < chunk.endNs else { return [] }
        let width = chunk.gripperOpening.count / chunk.horizon
        let step = chunk.step(at: now)
        return Array(chunk.gripperOpening[step * width..<(step + 1) * width])
    }

    private mutating func promote(at now: Int64) {
        guard let successor = next, let current = running else { return }
        let takeover = max(successor.startNs, min(current.committedUntilNs, current.endNs))
        if now >= takeover {
            running = successor
            next = nil
        }
    }
}
