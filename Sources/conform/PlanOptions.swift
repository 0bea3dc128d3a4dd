import ArgumentParser
import ConformDriver
import ConformJudge
import Foundation
import PonsMessages

/// What the vendor says of the product, and how much of the suite is wanted.
struct PlanOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Statement of the product (ics.yaml of conform init).", valueName: "file"))
    var ics: String?

    @Option(help: ArgumentHelp("Parameters of the tests (ixit.yaml of conform init).", valueName: "file"))
    var ixit: String?

    @Option(help: "Profile or bundle, with or without a level, instead of the statement's claims; repeatable.")
    var profile: [String] = []

    @Option(help: "quick (a minute, no motion), standard (ten minutes) or full (half an hour, longer trials).")
    var tier = Tier.standard

    @Option(help: "Largest motion class: M0 none, M1 powered but still, M2 small and bounded, M3 free.")
    var maxMotion: MotionClass?

    @Option(help: "Who watches the robot and holds its stop button: without a name hardware is not moved (M1).")
    var `operator`: String?

    @Option(
        help:
            "How much is moved: first (each joint by itself, then a tenth of every amplitude, and the end at the first surprise) or full. Hardware: first; simulators: full."
    )
    var envelope: Envelope?

    enum Envelope: String, ExpressibleByArgument, CaseIterable {
        case first, full

        var envelope: MotionEnvelope { self == .first ? .first : .full }
    }

    enum Tier: String, ExpressibleByArgument, CaseIterable { case quick, standard, full }

    enum MotionClass: String, ExpressibleByArgument, CaseIterable {
        case none = "M0"
        case powered = "M1"
        case small = "M2"
        case free = "M3"
    }

    func statement(_ catalogue: Catalogue, _ descriptor: Descriptor) throws -> ConformanceStatement {
        guard let ics else { return catalogue.discovered(from: descriptor) }
        return try Self.reading { () throws(DefinitionError) in
            try StatementFile.read(try Self.source(ics), file: ics, catalogue)
        }
    }

    func parameters(_ catalogue: Catalogue, _ descriptor: Descriptor) throws -> ParameterSet {
        guard let ixit else { return ParameterSet(catalogue.parameters, descriptor: descriptor) }
        let file = try Self.reading { () throws(DefinitionError) in
            try ParameterFile.read(try Self.source(ixit), file: ixit, catalogue)
        }
        let set = ParameterSet(
            catalogue.parameters, chosen: file.chosen, digest: file.digest, descriptor: descriptor)
        guard set.problems.isEmpty else {
            throw Failure(
                "\(ixit): \(set.problems.joined(separator: "\n  "))",
                hint: "conform init --discover shows what there is",
                code: .usage)
        }
        return set
    }

    /// The plan for one product.
    func plan(_ suite: Suite, _ tests: [TestDefinition], _ descriptor: Descriptor) throws -> RunPlan {
        let catalogue = suite.catalogue
        for name in profile where catalogue.profile(String(name.prefix { $0 != "/" })) == nil {
            throw Failure(
                "no profile '\(name)'", hint: Suggestion.sentence(for: name, in: catalogue.profiles.map(\.id)),
                code: .usage)
        }
        let statement = try statement(catalogue, descriptor)
        let problems = statement.problems(
            catalogue.items, profiles: catalogue.profiles(of: statement.claims), isComplete: false)
        guard problems.isEmpty else {
            throw Failure(
                "\(ics ?? "the statement") contradicts itself: \(problems.joined(separator: "\n  "))",
                hint: "mend the statement, or claim less", code: .usage)
        }
        return RunPlan(
            suite, tests, wish(descriptor), statement: statement, parameters: try parameters(catalogue, descriptor),
            descriptor: descriptor)
    }

    /// As asked for, or as is usual.
    func envelope(for descriptor: Descriptor) -> MotionEnvelope { envelope?.envelope ?? .usual(for: descriptor) }

    private func wish(_ descriptor: Descriptor) -> RunPlan.Wish {
        var wish = RunPlan.Wish()
        wish.profiles = profile
        wish.tier = TestDefinition.Tier(rawValue: tier.rawValue) ?? .standard
        wish.maxMotion = maxMotion?.rawValue ?? "M3"
        wish.envelope = envelope(for: descriptor)
        wish.respect(descriptor, watchedBy: self.operator)
        return wish
    }

    private static func source(_ path: String) throws(DefinitionError) -> String {
        do { return try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw DefinitionError(
                file: path, line: 0, column: 0, message: "can't be read: \(error.localizedDescription)",
                hint: "conform init --discover URL writes one")
        }
    }

    private static func reading<Value>(_ body: () throws(DefinitionError) -> Value) throws -> Value {
        do throws(DefinitionError) { return try body() } catch {
            throw Failure(error.description, code: .usage)
        }
    }
}
