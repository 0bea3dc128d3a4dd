import Crypto
import PonsMessages

/// `body_model`: the files that a descriptor refers to are those, hold its joints, and allow no less than it does (DSC-09).
enum BodyModelOracle {
    /// Files are written with decimals.
    private static let tolerance = 1e-6

    static func judge(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        outcome.expected =
            "every body model has its hash and size, every joint of the descriptor, and limits no stricter than it"
        guard let descriptor = context.evidence.descriptor, !descriptor.bodyModels.isEmpty else {
            (outcome.verdict, outcome.reason) = (.inconclusive, .observableMissing)
            outcome.seen = "no body model is declared"
            return
        }
        for reference in descriptor.bodyModels {
            if let problem = defect(of: reference, descriptor, file(reference, arguments, context)) {
                outcome.verdict = .fail
                outcome.seen = "\(reference.name): \(problem)"
                return
            }
        }
        outcome.verdict = .pass
        outcome.seen = "\(descriptor.bodyModels.count) of \(descriptor.bodyModels.count) files, as required"
    }

    /// The pieces that came, put together.
    private static func file(
        _ reference: ContentReference, _ arguments: StepArgument, _ context: JudgeContext
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        for record in context.evidence.records where record.kind == .received && record.peer == arguments["peer"]?.text
        {
            guard let piece = record.message as? ContentPiece, piece.sha256 == reference.sha256,
                piece.offset == UInt64(bytes.count)
            else { continue }
            bytes += piece.payload
        }
        return bytes
    }

    private static func defect(
        of reference: ContentReference, _ descriptor: Descriptor, _ bytes: [UInt8]
    ) -> String? {
        if UInt64(bytes.count) != reference.size { return "\(bytes.count) bytes came, \(reference.size) are declared" }
        if Array(SHA256.hash(data: bytes)) != reference.sha256 { return "what came does not have the declared hash" }
        guard BodyModel.mediaTypes.contains(reference.mediaType) else {
            return "media type '\(reference.mediaType)' is none of \(BodyModel.mediaTypes.joined(separator: ", "))"
        }
        let model: BodyModel
        do throws(BodyModel.Failure) { model = try BodyModel(bytes) } catch { return error.message }
        return descriptor.joints.lazy.compactMap { defect(of: $0, in: model) }.first
    }

    private static func defect(of joint: JointDescription, in model: BodyModel) -> String? {
        guard let known = model.joints[joint.name] else { return "it has no joint '\(joint.name)'" }
        let pairs: [(what: String, declared: Double?, model: Double?)] = [
            ("lower limit", joint.hardPosition?.lower.map { -$0 }, known.lower.map { -$0 }),
            ("upper limit", joint.hardPosition?.upper, known.upper),
            ("speed limit", joint.velocityLimit, known.velocity), ("effort limit", joint.effortLimit, known.effort),
        ]
        for pair in pairs {
            guard let declared = pair.declared, let allowed = pair.model, declared > allowed + tolerance else {
                continue
            }
            return
                "the descriptor's \(pair.what) of \(joint.name) goes \(Quantity.rounded(declared - allowed)) beyond the model's"
        }
        return nil
    }
}
