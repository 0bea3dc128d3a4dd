import Foundation

/// An adapter in any language, as a program that is asked on its standard input and answers on its standard output.
final class AdapterProcess {
    /// Longest wait for an answer, ms; the first may take as long as the program needs to start.
    private static let patienceMs: Int32 = 1000
    private static let startPatienceMs: Int32 = 10_000

    private let command: String
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    /// - Parameters:
    ///   - command: for the shell.
    ///   - folder: the working folder.
    /// - Throws: where the program can't be started or does not know as many joints as the manifest.
    init(_ command: String, in folder: URL, jointCount: Int) throws(AdapterFailure) {
        self.command = command
        signal(SIGPIPE, SIG_IGN)
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "exec \(command)"]
        process.currentDirectoryURL = folder
        process.standardInput = input
        process.standardOutput = output
        do { try process.run() } catch {
            throw AdapterFailure("'\(command)' could not be started: \(error.localizedDescription)")
        }
        let known = try AdapterMessage.number(
            try ask(AdapterMessage.start(jointCount: jointCount), .start, Self.startPatienceMs))
        guard known == jointCount else {
            throw AdapterFailure("'\(command)' has \(known) joints, the manifest \(jointCount): they must be the same")
        }
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// Asks and waits for the answer of the same kind.
    func ask(
        _ request: [UInt8], _ kind: AdapterMessage.Kind, _ patienceMs: Int32 = patienceMs
    ) throws(AdapterFailure) -> [UInt8] {
        // Whoever has ended may have said something before: it is read first, and its end is seen there.
        try? input.fileHandleForWriting.write(contentsOf: Data(request))
        let head = try read(AdapterMessage.headSize, kind, patienceMs)
        let length = head[0..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
        let (answered, version) = (UInt16(head[4]) | UInt16(head[5]) << 8, UInt16(head[6]) | UInt16(head[7]) << 8)
        guard version == AdapterMessage.version, answered == kind.rawValue, length <= AdapterMessage.longest else {
            throw AdapterFailure(
                "'\(command)' answered \(kind) with kind \(answered), version \(version), \(length) bytes; "
                    + "expected kind \(kind.rawValue), version \(AdapterMessage.version). Does it print to standard output?"
            )
        }
        return try read(length, kind, patienceMs)
    }

    /// Whether there are bytes that no question asked for.
    var hasMore: Bool {
        var wait = pollfd(fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
        return poll(&wait, 1, 50) > 0 && wait.revents & Int16(POLLIN) != 0
    }

    /// Asks in a version that nobody knows; whether the program ends, as it must.
    func endsAfterForeignVersion() -> Bool {
        try? input.fileHandleForWriting.write(contentsOf: Data([0, 0, 0, 0, 2, 0, 9, 0]))
        try? input.fileHandleForWriting.close()
        for _ in 0..<100 where process.isRunning { usleep(10_000) }
        return !process.isRunning && process.terminationStatus != 0
    }

    private func read(
        _ count: Int, _ kind: AdapterMessage.Kind, _ patienceMs: Int32
    ) throws(AdapterFailure) -> [UInt8] {
        let descriptor = output.fileHandleForReading.fileDescriptor
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, patienceMs) > 0 else {
                throw AdapterFailure("'\(command)' gave no answer to \(kind) within \(patienceMs) ms; is it flushed?")
            }
            let got = bytes.withUnsafeMutableBytes {
                unsafe Foundation.read(descriptor, $0.baseAddress! + filled, count - filled)
            }
            guard got > 0 else { throw AdapterFailure("'\(command)' has ended\(status) at \(kind)") }
            filled += got
        }
        return bytes
    }

    private var status: String {
        for _ in 0..<50 where process.isRunning { usleep(10_000) }
        return process.isRunning ? "" : " with status \(process.terminationStatus)"
    }
}
