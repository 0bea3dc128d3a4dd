public import ConformDriver
import ConformJudge
import PonsMessages
import PonsReflection

/// Looks at a robot that answers: whether it stands where every test starts, and what a report of it will be worth.
public enum RobotDoctor {
    /// - Parameter isSecured: whether the link is meant to be TLS: a robot that expects the other thing just hangs up.
    public static func examine(_ stage: any Stage, isSecured: Bool) -> [Finding] {
        let descriptor: Descriptor
        do throws(StageError) { descriptor = try RobotProbe.describe(on: stage) } catch {
            return [finding(of: error, isSecured)]
        }
        var findings = [
            Finding.ok(
                "ROBOT",
                "\(descriptor.vendor) \(descriptor.model), firmware \(descriptor.firmwareVersion), \(descriptor.joints.count) joints, describes itself validly"
            )
        ]
        if descriptor.simulator {
            findings.append(.note("ROBOT-SIMULATOR", "it says it is a simulator: no result will name hardware"))
        }
        if descriptor.labMode {
            findings.append(
                .note(
                    "ROBOT-LAB", "it is in lab mode: anybody may drive it, and no report of it is certifiable",
                    fix: "run it with certificates: conform keys create DIR"))
        }
        do throws(StageError) {
            let look = try RobotProbe.look(on: stage)
            findings += measured(look.stateAgeNs) + examine(look.status, descriptor)
        } catch { findings.append(finding(of: error, isSecured)) }
        return findings
    }

    /// What went wrong before the robot said what it is.
    private static func finding(of error: StageError, _ isSecured: Bool) -> Finding {
        let codes = [
            ("limit", "ROBOT-FULL"), ("slots", "ROBOT-FULL"), ("version", "ROBOT-VERSION"),
            ("role does not permit", "ROBOT-REFUSES"), ("descriptor", "ROBOT-DESCRIPTOR"),
            ("not a Pons robot", "ADDRESS-NOT-PONS"), ("closed the link", "ADDRESS-HANGS-UP"),
            ("no robot answered", "ADDRESS-SILENT"), ("refused", "ADDRESS-NOBODY"), ("resolve", "ADDRESS-HOST"),
            ("certificate", "ADDRESS-TLS"), ("TLS", "ADDRESS-TLS"),
        ]
        let code = codes.first { error.message.contains($0.0) }?.1 ?? "ADDRESS"
        guard code == "ADDRESS-HANGS-UP" else { return .fault(code, error.message, fix: error.hint) }
        let hint =
            isSecured
            ? "does it speak TLS there, and was its certificate issued by the same authority.pem? a laboratory's robot may want tcp://"
            : "does it want TLS? try tls:// with --keys DIR"
        return .fault(code, error.message, fix: hint)
    }

    /// Every test fails on a robot that reports what nobody has measured (monitor/clock).
    private static func measured(_ ageNs: Int64?) -> [Finding] {
        if let ageNs, ageNs <= Monitors.oldestStateNs { return [] }
        let what = ageNs.map { "its state was measured \($0 / 1_000_000) ms before it was sent" }
        return [
            .fault(
                "ROBOT-UNMEASURED", what ?? "no state of its joints came within 2 s",
                fix: "does its adapter hear the native side? on DDS look at domain, interface and message type")
        ]
    }

    private static func examine(_ status: SafetyStatus, _ descriptor: Descriptor) -> [Finding] {
        var findings: [Finding] = []
        for source in status.sources where source.active {
            let name = descriptor.safety?.stopSources.first { $0.id == source.id }?.name ?? "session \(source.session)"
            findings.append(
                .fault("ROBOT-STOP-PRESSED", "the stop source \(name) is active", fix: "release it; look around first"))
        }
        for interlock in status.interlocks where !interlock.ok {
            findings.append(
                .fault(
                    "ROBOT-INTERLOCK", "the interlock \(interlock.id) is open", fix: "close it; nothing can be enabled")
            )
        }
        switch status.mode {
        case .localManual, .teach, .service:
            findings.append(
                .fault(
                    "ROBOT-LOCAL", "it is in \(status.mode.label): the network may not command it",
                    fix: "give it back at the robot: REMOTE_AUTO"))
        case .test:
            findings.append(
                .note(
                    "ROBOT-TEST", "it is in TEST mode, left there by somebody", fix: "conform leaves it when it begins")
            )
        default: break
        }
        if status.holderSession != 0 {
            findings.append(
                .fault(
                    "ROBOT-HELD", "session \(String(status.holderSession, radix: 16)) holds authority over it",
                    fix: "end the program that drives it: it would fight with the tests"))
        }
        switch status.state {
        case .emergencyStop, .fault, .fall, .protectiveStop:
            let causes = status.causes.map { "\($0.english)" }.joined(separator: ", ")
            findings.append(
                .note(
                    "ROBOT-LATCHED", "it stands in \(status.state.label)\(causes.isEmpty ? "" : ": \(causes)")",
                    fix:
                        "conform resets it with the OPERATOR role when the run begins; if it must not, reset it by hand"
                ))
        case .operational, .reduced:
            findings.append(
                .fault(
                    "ROBOT-MOVING", "it is enabled: somebody or something may be moving it", fix: "disable it first"))
        default: break
        }
        if findings.isEmpty {
            findings = [.ok("ROBOT-STATE", "it stands in \(status.state.label), nothing in the way")]
        }
        return findings
    }
}
