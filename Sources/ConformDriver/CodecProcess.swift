import Foundation

/// A codec in any language, as a program that reads a request a line and writes an answer a line.
public final class CodecProcess {
    /// Longest wait for one answer.
    private static let patienceMs: Int32 = 5000
    /// No answer is longer; bytes.
    private static let lineLimit = 4 << 20

    public let command: String
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var buffer: [UInt8] = []

    /// Starts the program; `command` goes to the shell.
    public init(_ command: String) throws(StageError) {
        self.command = command
        // A program that ends is an error to report, not the end of this one.
        signal(SIGPIPE, SIG_IGN)
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "exec \(command)"]
        process.standardInput = input
        process.standardOutput = output
        do { try process.run() } catch {
            throw StageError("'\(command)' could not be started: \(error.localizedDescription)", hint: Self.hint)
        }
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    private static let hint =
        "the command must start a program that answers like pons-codec; try: echo '{\"id\": 1, \"message\": \"TimePing\", \"bytes\": \"\"}' | COMMAND"

    /// The next line the program writes.
    public func answer(_ request: String) throws(StageError) -> String {
        do { try input.fileHandleForWriting.write(contentsOf: Data((request + "\n").utf8)) } catch {
            throw StageError("the codec has ended\(status)", hint: Self.hint)
        }
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                defer { buffer.removeSubrange(...end) }
                return String(decoding: buffer[..<end], as: UTF8.self)
            }
            guard buffer.count < Self.lineLimit else {
                throw StageError("the codec writes without end", hint: "an answer is one line")
            }
            try readMore(after: request)
        }
    }

    private func readMore(after request: String) throws(StageError) {
        let descriptor = output.fileHandleForReading.fileDescriptor
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, Self.patienceMs) > 0 else {
            throw StageError(
                "the codec gave no answer within 5 s to \(request.prefix(200))",
                hint: "every line gets a line, also where the request is wrong; is standard output flushed?")
        }
        let data = output.fileHandleForReading.availableData
        if data.isEmpty { throw StageError("the codec has ended\(status) at \(request.prefix(200))", hint: Self.hint) }
        buffer += data
    }

    private var status: String {
        for _ in 0..<50 where process.isRunning { usleep(10_000) }
        return process.isRunning ? "" : " with status \(process.terminationStatus)"
    }
}
