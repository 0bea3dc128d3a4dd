public import Foundation
public import PonsMessages
public import PonsRobot
import PonsSafety

/// A robot whose adapter is a program of its own, in any language: asked once a cycle what it measures, told what each drive
/// shall do. In virtual time the program runs in step with the clock, so its runs are as repeatable as it is.
public struct ProcessAdapter: RobotAdapter {
    public var descriptor: Descriptor { description.descriptor }
    public private(set) var measurement: PonsRobot.Measurement
    private let description: PortDescription
    private let program: Program
    private var commander: DriveCommander

    /// The program, and why it is asked no more. Copies of the adapter share it; one thread at a time drives a robot.
    private final class Program: @unchecked Sendable {
        var process: AdapterProcess?

        init(_ process: AdapterProcess) { self.process = process }

        func ask(_ request: [UInt8], _ kind: AdapterMessage.Kind) -> [UInt8]? {
            do throws(ProgramFailure) { return try process?.ask(request, kind) } catch {
                end(error)
                return nil
            }
        }

        func end(_ failure: ProgramFailure) {
            FileHandle.standardError.write(Data("adapter: \(failure); the robot measures nothing any more\n".utf8))
            process = nil
        }
    }

    /// - Parameter folder: where the manifest lies; its `command` runs there.
    /// - Throws: where there is no command, or the program does not start.
    public init(_ manifest: PortManifest, in folder: URL, isLab: Bool) throws(ProgramFailure) {
        guard let command = manifest.command else {
            throw ProgramFailure("the manifest has no command: it says how the adapter is started")
        }
        description = PortDescription(
            manifest, firmware: "adapter", isSimulator: manifest.isSimulated, isLab: isLab)
        program = Program(try AdapterProcess(command, in: folder, jointCount: manifest.joints.count))
        commander = DriveCommander(manifest)
        measurement = PonsRobot.Measurement(jointCount: manifest.joints.count)
    }

    public mutating func boot(at now: Int64) { _ = program.ask(AdapterMessage.boot(at: now), .boot) }

    public mutating func advance(to now: Int64, _ command: ActuatorCommand) {
        guard let targets = commander.targets(for: command, measured: measurement.position, at: now),
            let answer = program.ask(AdapterMessage.cycle(now, command.permission, targets), .cycle)
        else { return }
        do throws(ProgramFailure) { try AdapterMessage.read(answer, into: &measurement) } catch { program.end(error) }
        if commander.isSettling && measurement.stability == .static { measurement.stability = .dynamic }
    }

    public mutating func inject(_ injection: InjectRequest, at now: Int64) -> Bool {
        guard let answer = program.ask(AdapterMessage.inject(injection), .inject) else { return false }
        do throws(ProgramFailure) { return try AdapterMessage.number(answer) == 1 } catch {
            program.end(error)
            return false
        }
    }

    public func content(sha256: [UInt8]) -> [UInt8]? { description.content(sha256: sha256) }
}
