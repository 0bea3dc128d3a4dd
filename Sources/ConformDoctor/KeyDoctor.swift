public import Foundation
import PonsMessages
import PonsSecurity

/// Looks at a folder of certificates before anything is connected.
public enum KeyDoctor {
    /// A certificate that ends sooner is worth a note.
    private static let soon: TimeInterval = 7 * 86_400

    public static func examine(_ folder: URL, at now: Date) -> [Finding] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue else {
            return [
                .fault("KEYS-FOLDER", "there is no folder \(folder.path)", fix: "conform keys create \(folder.path)")
            ]
        }
        guard FileManager.default.fileExists(atPath: folder.appending(path: "authority.pem").path) else {
            return [
                .fault(
                    "KEYS-AUTHORITY", "\(folder.path) has no authority.pem: nobody's certificate can be believed",
                    fix: "copy it from where the robot's certificate was made, or conform keys create DIR")
            ]
        }
        var findings: [Finding] = []
        for name in CertificateName.roleNames { findings += examine(name, in: folder, at: now) }
        if findings.allSatisfy({ $0.severity == .ok }) {
            return [.ok("KEYS", "\(CertificateName.roleNames.count) roles have a certificate that is valid now")]
        }
        return findings.filter { $0.severity != .ok }
    }

    private static func examine(_ name: String, in folder: URL, at now: Date) -> [Finding] {
        let file = folder.appending(path: "\(name).pem")
        guard FileManager.default.fileExists(atPath: file.path) else {
            return [
                .fault(
                    "KEYS-ROLE-MISSING", "no certificate for the role \(name)",
                    fix: "conform keys issue \(folder.path) --name \(name) --role \(name)")
            ]
        }
        let facts: CertificateFacts
        do throws(CredentialError) { facts = try CertificateFacts(folder: folder, name: name) } catch {
            return [.fault("KEYS-NOT-PEM", error.message, fix: error.hint)]
        }
        return problems(of: facts, name, folder, now) + exposure(of: folder.appending(path: "\(name).key"))
    }

    private static func problems(
        of facts: CertificateFacts, _ name: String, _ folder: URL, _ now: Date
    ) -> [Finding] {
        let anew = "conform keys issue \(folder.path) --name \(name) --role \(name)"
        if !facts.isFromAuthority {
            return [
                .fault(
                    "KEYS-OTHER-AUTHORITY", "\(name).pem was not issued by authority.pem: the robot will refuse it",
                    fix: anew)
            ]
        }
        if !facts.keyFits {
            return [.fault("KEYS-MISMATCH", "\(name).key does not belong to \(name).pem", fix: anew)]
        }
        if now > facts.notAfter {
            return [.fault("KEYS-ENDED", "\(name).pem ended on \(day(facts.notAfter))", fix: anew)]
        }
        if now < facts.notBefore {
            return [
                .fault(
                    "KEYS-NOT-YET",
                    "\(name).pem begins on \(day(facts.notBefore)); this computer says it is \(day(now))",
                    fix: "is this computer's clock right? date -u")
            ]
        }
        if !facts.names.contains("pons:role:\(name)") {
            return [
                .fault(
                    "KEYS-ROLE",
                    "\(name).pem does not grant the role \(name) but \(facts.names.isEmpty ? "none" : facts.names.joined(separator: ", "))",
                    fix: anew)
            ]
        }
        if facts.notAfter.timeIntervalSince(now) < soon {
            return [.note("KEYS-SOON", "\(name).pem ends on \(day(facts.notAfter))", fix: anew)]
        }
        return [.ok("KEYS", "\(name).pem")]
    }

    private static func exposure(of file: URL) -> [Finding] {
        let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
        guard let mode = attributes?[.posixPermissions] as? Int, mode & 0o077 != 0 else { return [] }
        return [
            .note(
                "KEYS-READABLE", "others on this computer can read \(file.lastPathComponent)",
                fix: "chmod 600 \(file.path)")
        ]
    }

    private static func day(_ date: Date) -> String { date.formatted(.iso8601.year().month().day()) }
}
