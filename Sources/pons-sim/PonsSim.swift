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

            A simulator's results never name hardware. Ends on SIGINT or SIGTERM, or with
            its parent where --until-parent-exits is given.
            """)

    @Option(help: "Where to listen: tcp://HOST:PORT (port 0 picks one), udp://HOST:PORT or unix:PATH.")
    var listen = "tcp://127.0.0.1:7447"

    @Option(help: "Break exactly this requirement, by id; conform list mutants shows them.")
    var mutant: String?

    @Option(help: "Seed of the encoder noise.")
    var seed: UInt64 = 1

    @Flag(help: "End when the parent process ends: for whoever starts the simulator as a child.")
    var untilParentExits = false

    func run() throws {
        let endpoint: Endpoint
        do throws(Endpoint.Malformed) { endpoint = try Endpoint(listen) } catch {
            throw ValidationError(error.description)
        }
        var fault: Fault?
        if let mutant {
            guard let known = Fault(rawValue: mutant) else {
                throw ValidationError(
                    "no mutant '\(mutant)'; known: \(Fault.allCases.map(\.rawValue).joined(separator: ", "))")
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
        print(
            "pons-sim: humanoid-30 (plant exact\(mutant.map { ", mutant \($0)" } ?? "")) listening on \(address(endpoint, server.port))"
        )
        fflush(nil)
        StopSignal.catchSignals()
        let parent = getppid()
        server.run { StopSignal.isRaised || (untilParentExits && getppid() != parent) }
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
