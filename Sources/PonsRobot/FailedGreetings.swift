/// Greetings that were refused for who sent them, over the last minute (SEC-08).
struct FailedGreetings: Sendable {
    static let limit = 10
    private static let windowNs: Int64 = 60_000_000_000

    private var times: [Int64] = []

    /// Notes one more; returns whether there are too many.
    mutating func note(at now: Int64) -> Bool {
        let isTooMany = areTooMany(at: now)
        times.append(now)
        if times.count > Self.limit { times.removeFirst() }
        return isTooMany
    }

    func areTooMany(at now: Int64) -> Bool {
        times.count == Self.limit && now - times[0] < Self.windowNs
    }
}
