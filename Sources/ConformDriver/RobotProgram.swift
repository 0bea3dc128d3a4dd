import PonsMessages
import PonsPort
import PonsRobot
import PonsSession
import PonsWire

/// A robot in any language, as a program in step with the stage's clock: `docs/robot-protocol.md` shows every byte.
///
/// One program for a whole run: START makes a robot that was just powered on. Not thread-safe.
public final class RobotProgram {
    enum Kind: UInt16 { case start = 1, opened, closed, bytes, advance, congested }

    static let version: UInt16 = 1
    private static let longest = 16 << 20
    /// Longest wait for an answer, ms: a robot that computes a second for a millisecond is none.
    private static let patienceMs: Int32 = 2000
    private static let startPatienceMs: Int32 = 20_000

    private let pipe: ProgramPipe
    /// Why it is asked no more.
    fileprivate var failure: ProgramFailure?

    /// - Parameter command: for the shell.
    /// - Throws: where it can't be started.
    public init(_ command: String) throws(StageError) {
        do throws(ProgramFailure) { pipe = try ProgramPipe(command, longest: Self.longest) } catch {
            throw StageError(error)
        }
    }

    /// Asks; after a failure nothing more.
    fileprivate func ask(_ kind: Kind, at now: Int64, _ body: (inout ProgramMessage) -> Void = { _ in })
        -> [RobotAction]
    {
        guard failure == nil else { return [] }
        var message = ProgramMessage(kind: kind.rawValue, version: Self.version)
        message.append(now)
        body(&message)
        let patience = kind == .start ? Self.startPatienceMs : Self.patienceMs
        do throws(ProgramFailure) {
            return try Self.actions(try pipe.ask(message.bytes, "\(kind)".uppercased(), patienceMs: patience))
        } catch {
            failure = error
            return []
        }
    }

    /// What the robot wants done: u8 what (1 send, 2 close), u32 link, u32 length, bytes; and so on.
    private static func actions(_ answer: [UInt8]) throws(ProgramFailure) -> [RobotAction] {
        var actions: [RobotAction] = []
        var rest = answer[...]
        while !rest.isEmpty {
            guard rest.count >= 9 else { throw ProgramFailure("an action of \(rest.count) bytes; it has a head of 9") }
            func number(at offset: Int) -> Int {
                (0..<4).reduce(0) { $0 | Int(rest[rest.startIndex + offset + $1]) << (8 * $1) }
            }
            let (what, link, length) = (rest.first!, LinkID(number(at: 1)), number(at: 5))
            guard rest.count - 9 >= length else {
                throw ProgramFailure("an action of \(length) bytes where only \(rest.count - 9) follow")
            }
            let bytes = Array(rest.dropFirst(9).prefix(length))
            switch what {
            case 1: actions.append(.send(link, frames: [bytes]))
            case 2: actions.append(.close(link))
            default: throw ProgramFailure("an unknown action \(what); there are 1 (send) and 2 (close)")
            }
            rest = rest.dropFirst(9 + length)
        }
        return actions
    }
}

/// The robot that such a program is, from one power-on to the next.
struct ProgramRobot: StagedRobot {
    private let program: RobotProgram
    private var actions: [RobotAction]
    private var links: Set<LinkID> = []
    private var congested: Set<LinkID> = []
    private var hasEnded = false

    /// - Throws: where the program has ended, or does not answer.
    init(_ program: RobotProgram, seed: UInt64, at now: Int64) throws(StageError) {
        self.program = program
        actions = program.ask(.start, at: now) { $0.append(seed) }
        if let failure = program.failure { throw StageError(failure) }
    }

    var appliedFaultCount: Int { 0 }

    mutating func linkOpened(_ link: LinkID, trust: LinkTrust, at now: Int64) {
        links.insert(link)
        ask(.opened, at: now) { message in
            message.append(UInt32(link.number))
            message.append(trust.protection.number)
            message.append(UInt8(trust.roles == nil ? 0 : 1))
            message.append((trust.roles ?? []).reduce(UInt16(0)) { $0 | 1 << UInt16($1.rawValue) })
            message.append(trust.validForNs ?? -1)
            message.append(UInt32(trust.name.utf8.count))
            message.append(Array(trust.name.utf8))
        }
    }

    mutating func linkClosed(_ link: LinkID, at now: Int64) {
        links.remove(link)
        ask(.closed, at: now) { $0.append(UInt32(link.number)) }
    }

    mutating func receive(_ bytes: [UInt8], on link: LinkID, at now: Int64) {
        ask(.bytes, at: now) { message in
            message.append(UInt32(link.number))
            message.append(bytes)
        }
    }

    /// It was never granted a path for them.
    mutating func receive(datagram: [UInt8], at now: Int64) {}

    mutating func advance(to now: Int64) { ask(.advance, at: now) }

    mutating func takeActions() -> [RobotAction] {
        defer { actions.removeAll(keepingCapacity: true) }
        return actions
    }

    mutating func setCongestion(_ isCongested: Bool, of link: LinkID) {
        guard links.contains(link), congested.contains(link) != isCongested else { return }
        if isCongested { congested.insert(link) } else { congested.remove(link) }
        ask(.congested, at: 0) { message in
            message.append(UInt32(link.number))
            message.append(UInt8(isCongested ? 1 : 0))
        }
    }

    mutating func admitsClear() -> Bool { false }

    func identity(of link: LinkID) -> SessionIdentity? { nil }

    private mutating func ask(
        _ kind: RobotProgram.Kind, at now: Int64, _ body: (inout ProgramMessage) -> Void = { _ in }
    ) {
        actions += program.ask(kind, at: now, body)
        guard program.failure != nil, !hasEnded else { return }
        // As when a robot's computer goes away: its links end.
        hasEnded = true
        actions += links.sorted().map { .close($0) }
    }
}

extension LinkTrust.Protection {
    fileprivate var number: UInt8 {
        switch self {
        case .clear: 0
        case .local: 1
        case .authenticated: 2
        }
    }
}

extension StageError {
    init(_ failure: ProgramFailure) {
        self.init(
            failure.description,
            hint:
                "the command must start a robot that answers as docs/robot-protocol.md says; standard error is its own")
    }
}
