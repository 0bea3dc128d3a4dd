import ArgumentParser
import ConformDriver
import ConformJudge
import Foundation
import PonsTransport

struct Relay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Stands between clients and a robot, and makes the link worse.",
        discussion: """
            EXAMPLES
              conform relay tls://127.0.0.1:7447 --listen tls://127.0.0.1:7448 --profile P3
              conform relay udp://127.0.0.1:7447 --listen udp://127.0.0.1:7448 --profile P4 --seed 7
              conform relay tcp://127.0.0.1:7447 --listen tcp://127.0.0.1:7448 --profile 'delay=2 ms,jitter=5 ms,loss=1 %'

            PROFILES (one way; jitter is what 99 of 100 stay within)
            \(LinkProfile.all.map(Self.line).joined(separator: "\n"))

            Numbers of one's own are delay, jitter, loss, reorder and duplicate; what is not given is 0.

            Bytes pass as they are: TLS and check sequences hold end to end. Ends on SIGINT or SIGTERM
            and says what it did. The numbers are proposals for a class of link, not measurements of one.
            """)

    @Argument(help: "The robot: tls://HOST:PORT, tcp://HOST:PORT, udp://HOST:PORT, unix:PATH or shm:PATH.")
    var robot: String

    @Option(help: "Where clients connect; of the same kind as the robot's address, port 0 picks one.")
    var listen: String

    @Option(help: "\(LinkArgument.help).")
    var profile = "P3"

    @Option(help: "Seed of delays and losses. Drawn when not given.")
    var seed: String?

    func run() throws {
        try Failure.guarded {
            let (robot, place) = try (Self.endpoint(robot), Self.endpoint(listen))
            let profile = try LinkArgument.profile(profile)
            guard Self.isDatagram(robot) == Self.isDatagram(place) else {
                throw Failure(
                    "\(place) and \(robot) are of different kinds", hint: "use udp:// on both sides or on neither",
                    code: .usage)
            }
            let listener: Socket
            do throws(Socket.Failure) { listener = try Socket.listen(place) } catch {
                throw Failure(error.description, hint: "is the port taken?", code: .usage)
            }
            let seed = try Check.seed(seed)
            let relay = PonsTransport.Relay(listener: listener, robot: robot, profile: profile, seed: seed)
            print(
                "relay: \(place.with(port: relay.port)) to \(robot), \(profile.name) (\(profile.english)), seed \(seed)"
            )
            fflush(nil)
            StopSignal.catchSignals()
            relay.run { StopSignal.isRaised }
            let counts = relay.counts
            print(
                "relay: \(counts.links) links, \(counts.pieces) pieces, \(counts.lost) lost, \(counts.doubled) doubled, longest held \(counts.longestNs / 1_000_000) ms"
            )
        }
    }

    private static func endpoint(_ text: String) throws -> Endpoint {
        do throws(Endpoint.Malformed) { return try Endpoint(text) } catch {
            throw Failure(error.description, code: .usage)
        }
    }

    private static func isDatagram(_ endpoint: Endpoint) -> Bool { if case .udp = endpoint { true } else { false } }

    private static func line(_ profile: LinkProfile) -> String {
        let milliseconds = { (ns: Int64) in "\(Quantity.rounded(Double(ns) / 1e6)) ms" }
        let outage = profile.outage.map {
            ", out for \(milliseconds($0.lengthNs)) every \($0.periodNs / 1_000_000_000) s"
        }
        return
            "  \(profile.name)  \(profile.english): \(milliseconds(profile.baseNs)) + \(milliseconds(profile.jitterNs)), loss \(Quantity.rounded(profile.loss * 100)) %\(outage ?? "")"
    }
}
