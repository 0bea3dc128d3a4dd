import ConformJudge
import PonsMessages

/// The joint that moved most, and the safety events beside it: what a person looks at first.
enum MotionExtract {
    static func extract(
        _ evidence: Evidence, jointNames: [String]
    ) -> (motion: RunReport.Motion?, marks: [RunReport.Mark]) {
        let states = states(evidence)
        var marks: [RunReport.Mark] = []
        var seen: Set<UInt64> = []
        for record in evidence.records where record.kind == .received {
            guard let event = record.message as? SafetyEvent, seen.insert(event.sequence).inserted else { continue }
            marks.append(
                RunReport.Mark(timeMs: ms(record.timeNs - evidence.startNs), text: "\(event.to.label)"))
        }
        guard let joint = mostMoved(states.map(\.1)), joint < jointNames.count else { return (nil, marks) }
        let stride = max(1, states.count / 400)
        let kept = states.enumerated().filter { $0.offset % stride == 0 }.map(\.element).filter {
            joint < $0.1.position.count && joint < $0.1.applied.count
        }
        return (
            RunReport.Motion(
                joint: jointNames[joint], timeMs: kept.map { ms($0.0 - evidence.startNs) },
                measured: kept.map { rounded($0.1.position[joint]) },
                applied: kept.map { rounded($0.1.applied[joint]) }), marks
        )
    }

    /// State messages of the one client that saw most of them.
    private static func states(_ evidence: Evidence) -> [(Int64, WholeBodyState)] {
        var byPeer: [String: [(Int64, WholeBodyState)]] = [:]
        for record in evidence.records where record.kind == .received {
            if let state = record.message as? WholeBodyState {
                byPeer[record.peer, default: []].append((record.timeNs, state))
            }
        }
        return byPeer.sorted { ($0.value.count, $1.key) > ($1.value.count, $0.key) }.first?.value ?? []
    }

    private static func mostMoved(_ states: [WholeBodyState]) -> Int? {
        guard let first = states.first else { return nil }
        var low = first.position, high = first.position
        for state in states where state.position.count == low.count {
            for joint in low.indices {
                low[joint] = min(low[joint], state.position[joint])
                high[joint] = max(high[joint], state.position[joint])
            }
        }
        let travels = zip(high, low).map { $0 - $1 }
        guard let best = travels.indices.max(by: { travels[$0] < travels[$1] }), travels[best] > 0.002 else {
            return nil
        }
        return best
    }

    private static func ms(_ ns: Int64) -> Double { (Double(ns) / 1e3).rounded() / 1e3 }
    private static func rounded(_ value: Float) -> Double { (Double(value) * 1e5).rounded() / 1e5 }
}
