import PonsMessages

/// Tasks of a big brain and their lives (CMD-16). This runtime executes what its skills say; unknown skills are refused.
struct TaskList: Sendable {
    struct Task: Sendable {
        var commandID: UInt64
        var id: String
        var session: UInt64
        var state: TaskState
        var endsNs: Int64
        var leafNs: Int64
    }

    private(set) var tasks: [Task] = []

    var activeCount: Int { tasks.count { $0.state == .queued || $0.state == .running || $0.state == .paused } }

    mutating func add(_ request: TaskRequest, session: UInt64) {
        tasks.append(
            Task(
                commandID: request.commandID, id: request.taskID, session: session, state: .queued, endsNs: 0,
                leafNs: request.root.map(Self.duration) ?? 0))
    }

    /// Length of a plan made of `wait` skills.
    private static func duration(_ node: PlanNode) -> Int64 {
        let own = node.parameters.reduce(Int64(0)) { sum, parameter in
            if case .durationNs(let value)? = parameter.value { return sum + max(0, min(value, 3_600_000_000_000)) }
            return sum
        }
        return own + node.children.reduce(0) { $0 + duration($1) }
    }

    /// Moves tasks on; returns the events to report.
    mutating func advance(to now: Int64) -> [TaskEvent] {
        var events: [TaskEvent] = []
        let isBusy = tasks.contains { $0.state == .running || $0.state == .paused }
        if !isBusy, let index = tasks.firstIndex(where: { $0.state == .queued }) {
            tasks[index].endsNs = now + tasks[index].leafNs
            events.append(change(index, to: .running, .unspecified, now))
        }
        for index in tasks.indices where tasks[index].state == .running && now >= tasks[index].endsNs {
            events.append(change(index, to: .succeeded, .unspecified, now))
        }
        return events
    }

    mutating func control(_ request: TaskControl, at now: Int64) -> TaskEvent? {
        guard let index = tasks.lastIndex(where: { $0.id == request.taskID }) else { return nil }
        switch (request.action, tasks[index].state) {
        case (.cancel, .queued), (.cancel, .running), (.cancel, .paused):
            return change(index, to: .cancelled, .unspecified, now)
        case (.pause, .running): return change(index, to: .paused, .unspecified, now)
        case (.resume, .paused): return change(index, to: .running, .unspecified, now)
        default: return nil
        }
    }

    /// Starts a task again that has ended; only a broken robot does.
    mutating func resurrect(_ request: TaskControl, at now: Int64) -> TaskEvent? {
        let ended = tasks.lastIndex { $0.id == request.taskID && ($0.state == .succeeded || $0.state == .cancelled) }
        guard let ended, request.action == .resume else { return nil }
        tasks[ended].endsNs = now + tasks[ended].leafNs
        return change(ended, to: .running, .unspecified, now)
    }

    /// Ends everything that lives; a stop is never survived by a task.
    mutating func abort(_ cause: Cause, at now: Int64) -> [TaskEvent] {
        tasks.indices.filter { [.queued, .running, .paused].contains(tasks[$0].state) }
            .map { change($0, to: .abortedBySafety, cause, now) }
    }

    private mutating func change(_ index: Int, to state: TaskState, _ cause: Cause, _ now: Int64) -> TaskEvent {
        var event = TaskEvent()
        event.commandID = tasks[index].commandID
        event.taskID = tasks[index].id
        event.from = tasks[index].state
        event.to = state
        event.cause = cause
        event.timeNs = now
        tasks[index].state = state
        return event
    }
}
