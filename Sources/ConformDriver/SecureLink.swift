import PonsSecurity
import PonsSession
import PonsTransport

/// Both ends of a link with TLS in virtual time; what lies between them is the stage's.
final class SecureLink {
    let tester: any StreamLayer
    let robot: SecureStream
    private var isIntroduced = false

    init(_ keys: KeyRing, showing certificate: TesterCertificate, admitsClear: @escaping () -> Bool)
        throws(CredentialError)
    {
        tester = try keys.testerEnd(showing: certificate) ?? ClearStream()
        robot = try keys.robotEnd(admitsClear: admitsClear)
    }

    /// Who the robot's end has found at the other one; once, when it has.
    func introduction() -> LinkTrust? {
        guard !isIntroduced, case .open(let trust) = robot.phase else { return nil }
        isIntroduced = true
        return trust
    }
}

/// No layer: bytes as they are.
private final class ClearStream: StreamLayer {
    let phase = StreamLayerPhase.open(.clear)
    private var output: [UInt8] = []

    func receive(_ wire: [UInt8]) -> [UInt8] { wire }
    func send(_ plain: [UInt8]) { output += plain }
    func takeOutput() -> [UInt8] {
        defer { output.removeAll() }
        return output
    }
}
