public import Foundation

/// A program in any language that is asked on its standard input and answers on its standard output.
///
/// Every message begins with eight bytes: length of what follows (u32), kind (u16), version (u16), little-endian. The answer
/// has the kind and the version of the question.
public final class ProgramPipe {
    public static let headSize = 8

    private let command: String
    private let longest: Int
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    /// - Parameters:
    ///   - command: for the shell.
    ///   - folder: the working folder, where it is another than this program's.
    ///   - longest: no answer is longer; bytes.
    /// - Throws: where the program can't be started.
    public init(_ command: String, in folder: URL? = nil, longest: Int) throws(ProgramFailure) {
        self.command = command
        self.longest = longest
        signal(SIGPIPE, SIG_IGN)
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "exec \(command)"]
        if let folder { process.currentDirectoryURL = folder }
        process.standardInput = input
        process.standardOutput = output
        do { try process.run() } catch {
            throw ProgramFailure("'\(command)' could not be started: \(error.localizedDescription)")
        }
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// Sends a question, head and all, and waits for the answer of the same kind and version.
    ///
    /// - Parameter name: of the question, for complaints.
    public func ask(_ request: [UInt8], _ name: String, patienceMs: Int32) throws(ProgramFailure) -> [UInt8] {
        // Whoever has ended may have said something before: it is read first, and its end is seen there.
        try? input.fileHandleForWriting.write(contentsOf: Data(request))
        let head = try read(Self.headSize, name, patienceMs)
        let length = head[0..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard head[4..<8] == request[4..<8], length <= longest else {
            throw ProgramFailure(
                "'\(command)' answered \(name) with \(Self.text(head)), \(length) bytes; expected \(Self.text(request)) "
                    + "and at most \(longest) bytes. Does it print to standard output?")
        }
        return try read(length, name, patienceMs)
    }

    private static func text(_ head: [UInt8]) -> String {
        "kind \(UInt16(head[4]) | UInt16(head[5]) << 8), version \(UInt16(head[6]) | UInt16(head[7]) << 8)"
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

    private func read(_ count: Int, _ name: String, _ patienceMs: Int32) throws(ProgramFailure) -> [UInt8] {
        let descriptor = output.fileHandleForReading.fileDescriptor
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, patienceMs) > 0 else {
                throw ProgramFailure("'\(command)' gave no answer to \(name) within \(patienceMs) ms; is it flushed?")
            }
            let got = bytes.withUnsafeMutableBytes {
                unsafe Foundation.read(descriptor, $0.baseAddress! + filled, count - filled)
            }
            guard got > 0 else { throw ProgramFailure("'\(command)' has ended\(status) at \(name)") }
            filled += got
        }
        return bytes
    }

    private var status: String {
        for _ in 0..<50 where process.isRunning { usleep(10_000) }
        return process.isRunning ? "" : " with status \(process.terminationStatus)"
    }
}

/// Bytes of a message, one field after the other, little-endian.
public struct ProgramMessage: Sendable {
    public private(set) var bytes: [UInt8]

    public init(kind: UInt16, version: UInt16) {
        bytes = [0, 0, 0, 0]
        append(kind)
        append(version)
    }

    /// Adds a field, and corrects the length in the head.
    public mutating func append<Number: FixedWidthInteger>(_ value: Number) {
        for index in 0..<MemoryLayout<Number>.size { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
        correctLength()
    }

    public mutating func append(_ content: [UInt8]) {
        bytes += content
        correctLength()
    }

    private mutating func correctLength() {
        let length = UInt32(max(0, bytes.count - ProgramPipe.headSize))
        for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: length >> (8 * index)) }
    }
}
