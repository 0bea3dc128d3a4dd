import PonsMessages
import PonsRecording
import PonsRobot
import Testing

/// What is kept of a stop: what led to it and what followed (REC-05).
@Suite struct IncidentRecorderTests {
    private static let second: Int64 = 1_000_000_000

    /// A robot's files, as a driver would write them.
    private struct Disk {
        var recorder: IncidentRecorder
        var files: [[UInt8]] = []
        var closed = 0

        init(fault: RecordingFault? = nil) { recorder = IncidentRecorder(schemaSet: [10, 1, 65], fault: fault) }

        mutating func carryOut(_ action: RecordingAction) {
            let step = recorder.carryOut(action)
            if step.opensFile { files.append([]) }
            if !step.bytes.isEmpty { files[files.count - 1] += step.bytes }
            if step.closesFile { closed += 1 }
        }

        /// A state every 20 ms, a heading every 5 s, stops at these times; s.
        mutating func run(from: Int64 = 0, to end: Int64, stops: [Int64]) {
            for time in stride(from: from * second, to: end * second, by: 20_000_000) {
                if time % (5 * second) == 0 {
                    carryOut(.heading(descriptor: Descriptor(), bootID: Array(repeating: 7, count: 16)))
                    message("description", "Descriptor", time)
                }
                message("state", "WholeBodyState", time)
                guard stops.contains(where: { $0 * second == time }) else { continue }
                message("safety", "SafetyEvent", time)
                carryOut(.incident(Incident(cause: "PROTECTIVE", timeNs: time)))
            }
        }

        private mutating func message(_ topic: String, _ name: String, _ time: Int64) {
            carryOut(.message(Recorded(topic: topic, message: name, timeNs: time, payload: [])))
        }
    }

    /// First and last time of a file's states, s.
    private func reach(_ file: [UInt8]) -> ClosedRange<Double> {
        let times = MCAPReader(file).messages.filter { $0.topic.hasPrefix("/pons/state") }.map {
            Double($0.logNs) / 1e9
        }
        return times.min()!...times.max()!
    }

    @Test(
        arguments: [
            (stops: [22], reaches: [10.0...27.0]), ([20], [10.0...25.0]), ([19], [5.0...24.0]), ([3], [0.0...8.0]),
            ([22, 26], [10.0...31.0]), ([22, 40], [10.0...27.0, 30.0...45.0]), ([22, 27], [10.0...32.0]),
            ([22, 28], [10.0...27.0, 15.0...33.0]),
        ] as [(stops: [Int64], reaches: [ClosedRange<Double>])])
    func `a file reaches from ten seconds before a stop to five after the last one`(
        stops: [Int64], reaches: [ClosedRange<Double>]
    ) {
        var disk = Disk()
        disk.run(to: 60, stops: stops)
        #expect(disk.files.map(reach) == reaches && disk.closed == reaches.count)
        for (file, stop) in zip(disk.files, stops) {
            let reader = MCAPReader(file)
            #expect(reader.problems.isEmpty && reader.hasSummary)
            #expect(reader.messages.first?.topic == "/pons/description/Descriptor")
            #expect(reader.metadata["incident"] == ["time_ns": "\(stop * Self.second)", "cause": "PROTECTIVE"])
            #expect(reader.metadata["outcome"] == ["outcome": "stopped: PROTECTIVE"])
            #expect(reader.chunks.allSatisfy { $0.untilNs - $0.fromNs <= 1_000_000_000 })
        }
    }

    @Test func `what led to a stop is handed over with it, and what follows in less than a second`() {
        var disk = Disk()
        disk.run(to: 20, stops: [])
        #expect(disk.files.isEmpty)
        disk.run(from: 20, to: 21, stops: [20])
        #expect(reach(disk.files[0]).lowerBound == 10 && reach(disk.files[0]).upperBound >= 20)
        disk.run(from: 21, to: 23, stops: [])
        #expect(reach(disk.files[0]).upperBound > 22 && disk.closed == 0)
    }

    @Test func `an incident during an episode names the episode`() {
        var control = RecordingControl()
        control.episodeID = "wave"
        var disk = Disk()
        disk.run(to: 15, stops: [])
        disk.carryOut(.begin(control, descriptor: Descriptor(), bootID: []))
        disk.run(from: 15, to: 30, stops: [17])
        disk.carryOut(.end(outcome: "completed"))
        disk.run(from: 30, to: 60, stops: [50])
        #expect(disk.files.map { MCAPReader($0).metadata["episode"]?["episode_id"] } == ["wave", nil])
    }

    @Test func `a stop before anything was recorded leaves no file`() {
        var disk = Disk()
        disk.carryOut(.incident(Incident(cause: "SELF_TEST", timeNs: 1)))
        disk.run(to: 30, stops: [])
        #expect(disk.files.isEmpty)
    }

    @Test func `a broken recorder begins with the stop`() {
        var disk = Disk(fault: .pastOfStops)
        disk.run(to: 60, stops: [22])
        #expect(reach(disk.files[0]) == 22.0...27.0 && disk.recorder.appliedFaults == 600)
    }
}
