import ConformJudge
import Foundation

/// Plays the stimulus of a codec's test: asks it for sets of vectors and records what it says.
struct CodecPlayer {
    let test: TestDefinition
    let root: URL

    func play(_ codec: inout CodecLine) throws(StageError) -> Evidence {
        var evidence = Evidence()
        let started = DispatchTime.now().uptimeNanoseconds
        for (index, step) in test.stimulus.enumerated() {
            guard step.verb == "ask", let set = step.arguments["vectors"]?.text, CodecVectors.sets.contains(set) else {
                var record = Evidence.Record(.stepFailed, at: 0, peer: "")
                record.note =
                    "step \(index + 1) (\(step.verb), line \(step.arguments.line)): a codec is asked for vectors: \(CodecVectors.sets.joined(separator: ", "))"
                evidence.append(record)
                break
            }
            for question in try CodecVectors.questions(set, root: root) {
                let line = try codec.answer(question.request)
                let now = Int64(DispatchTime.now().uptimeNanoseconds - started)
                evidence.append(
                    CodecExchange(
                        label: step.label ?? set, name: question.name, request: question.request,
                        expected: question.expected, answered: CodecVectors.answer(line), line: line, timeNs: now))
                evidence.endNs = now
            }
        }
        return evidence
    }
}
