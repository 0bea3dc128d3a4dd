import ArgumentParser
import Foundation
import PonsRobot
import PonsSimulator
import PonsTransport

/// The reference humanoid as a process of its own.
@main
struct PonsSim: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pons-sim",
        abstract: "Runs the Pons reference humanoid and listens for controllers.",
        discussion: """
            EXAMPLES
              pons-sim --listen tcp://127.0.0.1:7447
              pons-sim --listen unix:/tmp/humanoid.sock
              pons-sim --listen udp://127.0.0.1:7447 --mutant MOT-03

            A simulator's results never name hardware. Ends on SIGINT or SIGTERM, or when standard input closes
            with --until-stdin-closes.
            """)

    @Option(help: "Where to listen: tcp://HOST:PORT (port 0 picks one), udp://HOST:PORT or unix:PATH.")
    var listen = "tcp://127.0.0.1:7447"

    @Option(help: "Break exactly this requirement, by id; conform list mutants shows them.")
    var mutant: String?

    @Option(help: "Seed of the encoder noise.")
    var seed: UInt64 = 1

    @Flag(help: "End when standard input closes: for whoever starts the simulator as a child.")
    var untilStdinCloses = false

    func run() throws {
        let endpoint: Endpoint
        do throws(Endpoint.Malformed) { endpoint = try Endpoint(listen) } catch { throw ValidationError(error.description) }
        var fault: Fault?
        if let mutant {
            guard let known = Fault(rawValue: mutant) else {
                throw ValidationError("no mutant '\(mutant)'; known: \(Fault.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            fault = known
        }
        let listener: Socket
        do throws(Socket.Failure) { listener = try Socket.listen(endpoint) } catch {
            FileHandle.standardError.write(Data("pons-sim: \(error.description)\n".utf8))
            throw ExitCode(2)
        }
        let robot = Humanoid.exact(
            fault: fault, seed: seed, random: SystemRandomNumberGenerator(), at: MonotonicClock.nowNs)
        let server = RobotServer(robot: robot, listener: listener)
        print("pons-sim: humanoid-30 (plant exact\(mutant.map { ", mutant \($0)" } ?? "")) listening on \(address(endpoint, server.port))")
        fflush(nil)
        let stop = StopSignal(watchesStdin: untilStdinCloses)
        server.run { stop.isRaised }
        if fault != nil { print("pons-sim: fault applied \(server.robot.faults.appliedCount) times") }
    }

    private func address(_ endpoint: Endpoint, _ port: Int) -> String {
        switch endpoint {
        case .tcp(let host, _): "tcp://\(host):\(port)"
        case .udp(let host, _): "udp://\(host):\(port)"
        case .unix: endpoint.description
        }
    }
}

/// Raised by SIGINT, SIGTERM, or the end of standard input.
final class StopSignal {
    private var sources: [any DispatchSourceProtocol] = []
    private let raised = Raised()

    final class Raised: @unchecked Sendable {
        private let lock = NSLock()
        private var value = false
        var isRaised: Bool { lock.withLock { value } }
        func raise() { lock.withLock { value = true } }
    }

    var isRaised: Bool { raised.isRaised }

    init(watchesStdin: Bool) {
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [raised] in raised.raise() }
            source.resume()
            sources.append(source)
        }
        guard watchesStdin else { return }
        Thread.detachNewThread { [raised] in
            while !FileHandle.standardInput.availableData.isEmpty {}
            raised.raise()
        }
    }
}
