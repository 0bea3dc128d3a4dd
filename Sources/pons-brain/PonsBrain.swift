import ArgumentParser
import Crypto
import Foundation
import PonsBrain
import PonsSecurity
import PonsTransport

/// The reference brain as a process of its own.
@main
struct PonsBrainProgram: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pons-brain",
        abstract: "Runs the Pons reference brain: connects to a robot, and moves one of its joints in a slow wave.",
        discussion: """
            EXAMPLES
              pons-brain --robot tls://127.0.0.1:7447 --keys keys
              pons-brain --robot tcp://127.0.0.1:7447 --mutant BRN-09

            Connects again whenever its link ends. Ends on SIGINT or SIGTERM, or with its parent
            where --until-parent-exits is given. It moves what it is connected to: keep clear of a robot.
            """)

    @Option(help: "Where the robot is: tls://HOST:PORT, tcp://HOST:PORT, unix:PATH or shm:PATH.")
    var robot: String

    @Option(
        help: ArgumentHelp(
            "Folder with controller.pem, controller.key and authority.pem, for tls://.", valueName: "dir"))
    var keys: String?

    @Option(help: "Break exactly this requirement of part BRN, by id.")
    var mutant: String?

    @Flag(help: "End when the parent process ends: for whoever starts it as a child.")
    var untilParentExits = false

    func run() throws {
        let endpoint: Endpoint
        do throws(Endpoint.Malformed) { endpoint = try Endpoint(robot) } catch {
            throw ValidationError(error.description)
        }
        let ring = try keyRing(for: endpoint)
        var brain = ReferenceBrain(
            fault: try fault(), nonce: UInt64.random(in: 1...UInt64.max), hashing: { Array(SHA256.hash(data: $0)) })
        StopSignal.catchSignals()
        let parent = getppid()
        let isDone = { StopSignal.isRaised || (untilParentExits && getppid() != parent) }
        while !isDone() {
            if let socket = try? Socket.connect(endpoint, layer: ring?.testerEnd(showing: .controller)) {
                serve(&brain, socket, isDone)
                socket.close()
            }
            usleep(200_000)
        }
    }

    /// One link, from its first frame to its end.
    private func serve(_ brain: inout ReferenceBrain, _ socket: Socket, _ isDone: () -> Bool) {
        for frame in brain.opened(at: MonotonicClock.nowNs) { socket.send(frame) }
        while !isDone() {
            Socket.wait(for: [socket], until: MonotonicClock.nowNs + 2_000_000)
            while let received = socket.receive() {
                if received.bytes.isEmpty { return }
                for frame in brain.receive(received.bytes, at: received.kernelNs ?? MonotonicClock.nowNs) {
                    socket.send(frame)
                }
            }
            for frame in brain.advance(to: MonotonicClock.nowNs) { socket.send(frame) }
        }
    }

    private func keyRing(for endpoint: Endpoint) throws -> KeyRing? {
        do throws(CredentialError) {
            let ring = try KeyRing.needed(at: endpoint, folder: keys)
            _ = try ring?.testerEnd(showing: .controller)
            return ring
        } catch { throw ValidationError(error.description) }
    }

    private func fault() throws -> BrainFault? {
        guard let mutant else { return nil }
        if let fault = BrainFault(rawValue: mutant) { return fault }
        throw ValidationError(
            "no mutant '\(mutant)'; known: \(BrainFault.allCases.map(\.rawValue).joined(separator: ", "))")
    }
}
