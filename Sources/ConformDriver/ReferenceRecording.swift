import ConformJudge
import PonsRecording
import PonsSimulator

/// What the reference robot keeps of a stop during an episode: motion, refused setpoints, the stop, and what followed.
public enum ReferenceRecording {
    private static let episode = """
        schema: pons.test/1
        id: reference-recording
        requirements: [REC-01]
        title: {en: an episode}
        stimulus:
          - open: {peer: P, role: operator}
          - open: {peer: A, role: controller}
          - send: {peer: P, message: RecordingControl, fields: {record: true, episode_id: episode-1, task_text: wave with the left arm, operator_id: conform, policy_sha256: '0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'}}
          - ready: A
          - stream: {peer: A, joint: left_elbow, amplitude: 0.2 rad, for: 3 s}
          - stream: {peer: A, rate: 500, for: 40 ms, fields: {valid_until_ns: now - 1 ms}}
          - stream: {peer: A, joint: left_elbow, amplitude: 0.1 rad, for: 8 s}
          - send: {peer: P, message: StopRequest, fields: {kind: PROTECTIVE}}
          - wait: 500 ms
          - send: {peer: P, message: StopRelease}
          - wait: 5 s
          - send: {peer: P, message: RecordingControl, fields: {record: false}}
          - wait: 100 ms
        checks:
          - {id: none, never: {message: SafetyEvent, peer: A}}
        explain: {en: {why: The recording that tests of recordings are tried on.}}
        """

    /// The file's bytes, and how often the fault changed them.
    ///
    /// - Throws: where the episode could not be played.
    static func make(
        fault: RecordingFault?, suite: Suite, seed: UInt64
    ) throws(StageError) -> (file: [UInt8], appliedFaults: Int) {
        let test: TestDefinition
        do throws(DefinitionError) {
            test = try DefinitionLoader.test(file: "ReferenceRecording.swift", source: episode)
        } catch { throw StageError(error.description, hint: "this is a bug of conform") }
        let configuration = HumanoidConfiguration(plant: .exact)
        let descriptor = try DescriptorFetcher.fetch(on: VirtualStage(configuration, seed: seed))
        let recorder = IncidentRecorder(schemaSet: suite.schemaSet(), fault: fault)
        let stage = try VirtualStage(configuration, recorder: recorder, seed: seed)
        let evidence = ScenarioPlayer(stage: stage, test: test, descriptor: descriptor, seed: seed).play()
        if let failed = evidence.records.first(where: { $0.kind == .stepFailed }) {
            throw StageError(
                "the reference episode could not be played: \(failed.note)", hint: "this is a bug of conform")
        }
        guard let incident = stage.incidents.first else {
            throw StageError("the reference robot has kept nothing of its stop", hint: "this is a bug of conform")
        }
        return (incident, stage.recorder?.appliedFaults ?? 0)
    }
}
