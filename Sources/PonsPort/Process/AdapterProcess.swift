import Foundation

/// An adapter in any language, as a program.
final class AdapterProcess {
    /// Longest wait for an answer, ms; the first may take as long as the program needs to start.
    private static let patienceMs: Int32 = 1000
    private static let startPatienceMs: Int32 = 10_000

    private let pipe: ProgramPipe

    /// - Parameters:
    ///   - command: for the shell.
    ///   - folder: the working folder.
    /// - Throws: where the program can't be started or does not know as many joints as the manifest.
    init(_ command: String, in folder: URL, jointCount: Int) throws(ProgramFailure) {
        pipe = try ProgramPipe(command, in: folder, longest: AdapterMessage.longest)
        let known = try AdapterMessage.number(
            try ask(AdapterMessage.start(jointCount: jointCount), .start, Self.startPatienceMs))
        guard known == jointCount else {
            throw ProgramFailure("'\(command)' has \(known) joints, the manifest \(jointCount): they must be the same")
        }
    }

    /// Asks and waits for the answer of the same kind.
    func ask(
        _ request: [UInt8], _ kind: AdapterMessage.Kind, _ patienceMs: Int32 = patienceMs
    ) throws(ProgramFailure) -> [UInt8] {
        try pipe.ask(request, "\(kind)", patienceMs: patienceMs)
    }

    /// Whether there are bytes that no question asked for.
    var hasMore: Bool { pipe.hasMore }

    /// Asks in a version that nobody knows; whether the program ends, as it must.
    func endsAfterForeignVersion() -> Bool { pipe.endsAfterForeignVersion() }
}
