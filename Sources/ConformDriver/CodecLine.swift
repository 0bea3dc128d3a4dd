public import PonsPipe

/// A codec under test: something that answers lines.
public enum CodecLine {
    /// Our own, with a fault where it is a mutant.
    case reference(CodecPipe)
    case process(CodecProcess)

    /// The answer to a request; empty where none came.
    mutating func answer(_ request: String) throws(StageError) -> String {
        switch self {
        case .reference(var pipe):
            let answer = pipe.answer(request)
            self = .reference(pipe)
            return answer
        case .process(let process): return try process.answer(request)
        }
    }

    var appliedFaults: Int {
        if case .reference(let pipe) = self { pipe.appliedFaults } else { 0 }
    }
}
