public import ConformDriver
import ConformJudge
import PonsMessages
import PonsReflection

/// A run as it is published: `result.json`, schema `pons.result/1`. Additive changes only.
public struct RunReport: Codable, Sendable {
    public struct Tool: Codable, Sendable {
        public var name = "conform"
        public var version: String
        public var suiteDigest: String
        public var spec: String
    }

    public struct Robot: Codable, Sendable {
        public var vendor: String
        public var model: String
        public var serialNumber: String
        public var firmwareVersion: String
        public var isSimulator: Bool
        /// Lab mode: links in clear are admitted, and anybody may drive it (SEC-01).
        public var isInsecure: Bool
        public var jointCount: Int
    }

    public struct Check: Codable, Equatable, Sendable {
        public var id: String
        public var verdict: String
        public var reason: String?
        public var isControl: Bool
        public var expected: String
        public var seen: String
        public var fromMs: Double?
        public var untilMs: Double?
    }

    public struct TimelineEntry: Codable, Sendable {
        public var timeMs: Double
        public var peer: String
        public var direction: String
        public var what: String
        public var detail: String
    }

    /// A joint's motion, for the plot of a test.
    public struct Motion: Codable, Sendable {
        public var joint: String
        public var timeMs: [Double]
        public var measured: [Double]
        public var applied: [Double]
    }

    public struct Mark: Codable, Sendable {
        public var timeMs: Double
        public var text: String
    }

    public struct Test: Codable, Sendable {
        public var id: String
        public var version: Int
        public var digest: String
        public var requirements: [String]
        public var requirementText: String
        public var level: String
        public var title: [String: String]
        public var verdict: String
        public var reason: String?
        public var advice: String?
        public var notRun: String?
        /// The product hasn't got what the test is about, by statement and description.
        public var isNotApplicable: Bool
        public var attempts: [String]
        public var durationMs: Double
        public var checks: [Check]
        public var timeline: [TimelineEntry]
        public var motion: Motion?
        public var marks: [Mark]
        public var why: String
        public var causes: [String]
        public var fixes: [String]
        /// The texts above in other languages, by code; absent in results of before.
        public var translations: [String: Words]?

        /// Its texts in a language, or in English where there are none.
        public func words(_ language: Language) -> Words {
            translations?[language.rawValue]
                ?? Words(required: requirementText, advice: advice, why: why, causes: causes, fixes: fixes)
        }

        /// Its title in a language, or its id where it has none.
        public func title(_ language: Language) -> String { title[language.rawValue] ?? title["en"] ?? id }
    }

    /// What a test says to people.
    public struct Words: Codable, Sendable {
        public var required: String
        public var advice: String?
        public var why: String
        public var causes: [String]
        public var fixes: [String]
    }

    public struct Summary: Codable, Sendable {
        public var pass = 0
        public var fail = 0
        public var inconclusive = 0
        public var error = 0
        public var notRun = 0
        public var notApplicable = 0
    }

    /// Reply times of all acknowledged commands of a run, ms, sorted, with the limit they are compared with.
    public struct Latency: Codable, Sendable {
        public var limitMs: Double
        public var samplesMs: [Double]
        public var missing: Int
        /// Upper 95 % bound of the share above the limit.
        public var upperBound: Double
    }

    /// What the tester's own computer adds to delays, before and after the run; ms.
    public struct Calibration: Codable, Sendable {
        public var pings: Int
        public var medianMs: Double
        public var beforeMs: Double
        public var afterMs: Double
        /// What counted in verdicts about time, at 99.9 %.
        public var testerDelayMs: Double
        /// Shorter limits can be passed from here, but not failed.
        public var shortestLimitMs: Double

        /// The larger value counts, because it grew to more than twice.
        public var isWorse: Bool
        /// ns
        public var testerDelayNs: Int64

        public init(before: HostCalibration, after: HostCalibration) {
            func ms(_ ns: Int64) -> Double { (Double(ns) / 1e3).rounded() / 1e3 }
            pings = before.roundTripsNs.count
            medianMs = ms(before.quantileNs(0.5))
            (beforeMs, afterMs) = (ms(before.testerDelayNs), ms(after.testerDelayNs))
            testerDelayNs = HostCalibration.testerDelayNs(before: before, after: after)
            isWorse = testerDelayNs != before.testerDelayNs
            (testerDelayMs, shortestLimitMs) = (ms(testerDelayNs), ms(4 * testerDelayNs))
        }
    }

    /// What was asked for beside the suite's own choice.
    public struct Options: Codable, Sendable {
        public var tier: String
        public var isCertifying: Bool
        /// Who watched the robot.
        public var `operator`: String?
        /// How much was moved: a first run plays a tenth of every amplitude (CNF-06).
        public var envelope: String

        public init(tier: String, isCertifying: Bool, operator: String?, envelope: String) {
            self.envelope = envelope
            self.tier = tier
            self.isCertifying = isCertifying
            self.operator = `operator`
        }
    }

    /// What the verdicts rest on: statement, parameters, limits.
    public struct Basis: Codable, Sendable {
        /// SHA-256 of ics.yaml; absent where the product's description stands for a statement.
        public var statementDigest: String?
        public var parametersDigest: String?
        public var claims: [String]
        /// Answer by item.
        public var statement: [String: String]
        public var parameters: [String: String]
        public var limits: [String: String]
        public var options: Options
    }

    public struct Certifiable: Codable, Sendable {
        public var isCertifiable: Bool
        /// The level that this run can reach at most, by what was tested.
        public var level: String
        public var blockers: [String]
        /// The blockers in other languages, by code; absent in results of before.
        public var translations: [String: [String]]?

        /// What stands in the way, in a language, or in English where there is none.
        public func blockers(_ language: Language) -> [String] { translations?[language.rawValue] ?? blockers }
    }

    /// A requirement on the product that no test of this run judges, whatever was chosen: a certificate names it.
    public struct Unshown: Codable, Sendable {
        public var requirement: String
        /// MUST or SHOULD.
        public var level: String
        /// Why there is no test, and what it would take, by language.
        public var why: [String: String]
        public var instrument: [String: String]

        /// Judged on another product of the robot's maker, by this command; `nil` where the robot itself is judged.
        fileprivate init?(_ requirement: Suite.Requirement, judgedOn kinds: Set<TestDefinition.Target>) {
            let (why, command): (Phrase, String)
            if kinds == [.codec] {
                why = Phrase("judged on the robot's codec by itself", "单独对机器人的编解码器判定")
                command = "conform check codec:COMMAND"
            } else if kinds == [.recording] {
                why = Phrase("judged on a file that the robot has written", "对机器人写出的文件判定")
                command = "conform check FILE.mcap"
            } else {
                return nil
            }
            self.init(requirement, why: why.texts, instrument: Phrase(command, command).texts)
        }

        fileprivate init(_ requirement: Suite.Requirement, why: [String: String], instrument: [String: String]) {
            (self.requirement, level) = (requirement.id, requirement.level)
            (self.why, self.instrument) = (why, instrument)
        }
    }

    public var schema = "pons.result/1"
    public var tool: Tool
    public var target: String
    public var isVirtualTime: Bool
    public var seed: String
    public var robot: Robot
    public var assurance = "self"
    public var basis: Basis
    /// Absent in virtual time, which adds nothing.
    public var calibration: Calibration?
    public var summary: Summary
    public var certifiable: Certifiable
    /// What no verdict of this run says; absent in results of before.
    public var unshown: [Unshown]?
    public var exitCode: Int32
    public var appliedFaults: Int?
    public var robotLost: String?
    public var latency: Latency
    public var order: [String]
    public var tests: [Test]
}

extension RunReport {
    /// Builds the report of a run. Cost: linear in the evidence.
    ///
    /// - Parameter played: reports of tests that were made already, when each of them had been played.
    public init(
        _ run: Runner.Run, _ plan: RunPlan, played: [Test] = [], calibration: Calibration? = nil, options: Options,
        suite: Suite, target: String,
        isVirtualTime: Bool, version: String, order: [String],
        exitCode: Int32
    ) {
        tool = Tool(version: version, suiteDigest: suite.digest, spec: "1.0-draft")
        self.target = target
        self.isVirtualTime = isVirtualTime
        seed = String(run.seed, radix: 16)
        let descriptor = run.descriptor
        robot = Robot(
            vendor: descriptor.vendor, model: descriptor.model, serialNumber: descriptor.serialNumber,
            firmwareVersion: descriptor.firmwareVersion, isSimulator: descriptor.simulator,
            isInsecure: descriptor.labMode, jointCount: descriptor.joints.count)
        let made = Dictionary(played.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let jointNames = descriptor.joints.map(\.name)
        tests = run.plays.map { made[$0.result.test.id] ?? Test($0, suite: suite, jointNames: jointNames) }
        var summary = Summary()
        for play in run.plays {
            switch play.result.notRun {
            case .notApplicable?: summary.notApplicable += 1
            case .some: summary.notRun += 1
            case nil: break
            }
            if play.result.notRun != nil { continue }
            switch play.result.verdict {
            case .pass: summary.pass += 1
            case .fail: summary.fail += 1
            case .inconclusive: summary.inconclusive += 1
            case .error, .none: summary.error += 1
            }
        }
        self.summary = summary
        basis = Basis(plan, options, suite)
        self.calibration = calibration
        certifiable = Self.certifiable(summary, run, plan, options, suite, calibration)
        unshown = Self.unshown(run.kind, plan, suite)
        self.exitCode = exitCode
        appliedFaults = run.appliedFaults
        robotLost = run.robotLost
        latency = Latency(run.plays.map(\.evidence))
        self.order = order
    }

    /// A draft suite certifies nothing; what else stands in the way is said as well.
    private static func certifiable(
        _ summary: Summary, _ run: Runner.Run, _ plan: RunPlan, _ options: Options, _ suite: Suite,
        _ calibration: Calibration?
    ) -> Certifiable {
        var blockers = [Phrase("the spec is a draft and its tests are provisional", "规范仍为草案，其测试为暂定")]
        func block(_ english: String, _ chinese: String) { blockers.append(Phrase(english, chinese)) }
        func block(_ count: Int, _ english: String, _ chinese: String) {
            if count > 0 { block("\(count) \(english)", "\(count) \(chinese)") }
        }
        switch run.kind {
        case .robot where run.descriptor.simulator:
            block("the target is a simulator; its results never name hardware", "目标为仿真器，其结果绝不代表硬件")
        case .brain:
            block(
                "the brain met a simulated robot; what it does to a real one is not shown",
                "大脑面对的是仿真机器人，未表明其对真实机器人的作用")
        case .recording:
            block("a recording shows what was written, not what was done", "录制只表明所写入的，而非所做的")
        case .codec:
            block(
                "a codec alone is no product; what a robot or a brain does with it is not shown",
                "单独的编解码器不是产品，未表明机器人或大脑如何使用它")
        case .robot: break
        }
        let level = level(run, calibration)
        let needed = plan.claims.compactMap { claim in
            claim.split(separator: "/").dropFirst().first.flatMap { AssuranceLevel(rawValue: String($0)) }
        }.max()
        if let needed, needed > level {
            block(
                "\(needed.rawValue) is claimed, and this run reaches \(level.rawValue) at most",
                "声称 \(needed.rawValue)，而本次测试至多达到 \(level.rawValue)")
        }
        for claim in plan.claims {
            let profile = String(claim.prefix { $0 != "/" })
            let missing = plan.lacking.filter(suite.catalogue.needs(of: profile).contains).joined(separator: ", ")
            if !missing.isEmpty {
                block(
                    "\(profile) needs \(missing), which the product hasn't got", "\(profile) 需要 \(missing)，而产品不具备")
            }
        }
        if plan.statement.isDiscovered {
            block("no statement was given (conform init writes one)", "未提供声明书（conform init 可生成）")
        }
        if !options.isCertifying { block("not run with --certify", "未以 --certify 运行") }
        if run.descriptor.labMode {
            block("INSECURE: the robot is in lab mode, anybody may drive it", "INSECURE：机器人处于实验室模式，任何人均可驱动")
        }
        block(summary.fail, "failed", "项失败")
        block(summary.inconclusive, "inconclusive", "项无结论")
        block(summary.notRun, "not run", "项未运行")
        block(summary.error, "errors of the harness", "项测试装置错误")
        return Certifiable(
            isCertifiable: false, level: level.rawValue, blockers: blockers.map { $0[.en] },
            translations: [Language.zh.rawValue: blockers.map { $0[.zh] }])
    }

    /// Requirements on a robot of the profiles claimed, or of all where none is, that are excluded from the suite or judged on
    /// another product of its maker. What another product leaves open is said among what stands in the way.
    private static func unshown(_ kind: TestDefinition.Target, _ plan: RunPlan, _ suite: Suite) -> [Unshown] {
        guard kind == .robot else { return [] }
        let profiles = suite.catalogue.profiles(of: plan.claims)
        let kinds = suite.judgedOn
        return suite.requirements.compactMap { requirement in
            guard profiles.isEmpty || !profiles.isDisjoint(with: requirement.profiles) else { return nil }
            if let exclusion = suite.exclusions[requirement.id], exclusion.about == .product {
                return Unshown(requirement, why: exclusion.why, instrument: exclusion.instrument)
            }
            return Unshown(requirement, judgedOn: kinds[requirement.id] ?? [])
        }
    }

    /// L2 needs hardware and a tester fit for the shortest limit of the standard, 10 ms; L3 an instrument and a witness,
    /// which this tool alone doesn't give.
    private static func level(_ run: Runner.Run, _ calibration: Calibration?) -> AssuranceLevel {
        switch run.kind {
        case .codec, .recording: return .wire
        case .brain: return .interoperable
        case .robot:
            guard let calibration, !run.descriptor.simulator else { return .interoperable }
            return calibration.shortestLimitMs <= 10 ? .timed : .interoperable
        }
    }
}

extension RunReport.Basis {
    init(_ plan: RunPlan, _ options: RunReport.Options, _ suite: Suite) {
        let catalogue = suite.catalogue
        func digest(_ text: String) -> String? { text.isEmpty ? nil : text }
        statementDigest = digest(plan.statement.digest)
        parametersDigest = digest(plan.parameters.digest)
        claims = plan.claims
        statement = Dictionary(
            catalogue.items.map { ($0.id, plan.statement.answer($0.id).text) }, uniquingKeysWith: { $1 })
        parameters = plan.parameters.names
        limits = Dictionary(
            catalogue.limits.compactMap { limit in plan.binding.values[limit.id].map { (limit.id, $0) } },
            uniquingKeysWith: { $1 })
        self.options = options
    }
}

extension RunReport {
    /// Whether what was claimed can be certified, in a line.
    var answer: Phrase {
        let claims = basis.claims.joined(separator: ", ")
        return Phrase(
            "Certifiable\(claims.isEmpty ? "" : " for \(claims)"): \(certifiable.isCertifiable ? "YES" : "NO")",
            "可认证\(claims.isEmpty ? "" : "（\(claims)）")：\(certifiable.isCertifiable ? "是" : "否")")
    }
}

extension RunReport.Words {
    init(_ result: TestResult, _ suite: Suite, _ language: Language) {
        let code = language.rawValue
        let test = result.test
        let reason = result.reason.flatMap { reason in suite.codes.first { $0.id == reason.rawValue } }
        advice = reason?.advice(code)
        // Where a monitor decided, the test's own advice would lead astray.
        let decisive = result.decisive.flatMap { $0.verdict == .pass ? nil : $0.id }
        let monitor = suite.monitors.first { $0.id == decisive }
        if let title = monitor?.title[code] {
            required = Phrase("In every test: \(title).", "每项测试中：\(title)。")[language]
        } else {
            let texts = test.requirements.compactMap { id in suite.requirements.first { $0.id == id }?.text[code] }
            required = texts.joined(separator: language == .zh ? "" : " ")
        }
        let explanation = (monitor?.explanation ?? test.explanation)[code]
        why = explanation?.why ?? ""
        causes = explanation?.causes ?? []
        fixes = explanation?.fixes ?? []
    }
}

extension RunReport.Test {
    /// The published form of one play.
    public init(_ play: Runner.Play, suite: Suite, jointNames: [String]) {
        let result = play.result
        let test = result.test
        id = test.id
        version = test.version
        digest = test.digest
        requirements = test.requirements
        level = test.level.rawValue
        title = test.title
        verdict = result.verdict.rawValue
        reason = result.reason?.rawValue
        notRun = result.notRun?.text
        if case .notApplicable? = result.notRun { isNotApplicable = true } else { isNotApplicable = false }
        attempts = result.attempts.map(\.rawValue)
        durationMs = Self.ms(result.durationNs)
        checks = result.checks.map { check in
            RunReport.Check(
                id: check.id, verdict: check.verdict.rawValue, reason: check.reason?.rawValue,
                isControl: check.isControl, expected: check.expected, seen: check.seen,
                fromMs: check.fromNs.map(Self.ms), untilMs: check.untilNs.map(Self.ms))
        }
        let focus = result.decisive
        timeline = TimelineBuilder.timeline(play.evidence, around: focus)
        (motion, marks) = MotionExtract.extract(play.evidence, jointNames: jointNames)
        let english = RunReport.Words(result, suite, .en)
        (requirementText, advice, why) = (english.required, english.advice, english.why)
        (causes, fixes) = (english.causes, english.fixes)
        translations = [Language.zh.rawValue: RunReport.Words(result, suite, .zh)]
    }

    private static func ms(_ ns: Int64) -> Double { (Double(ns) / 1e3).rounded() / 1e3 }

    /// The verdict, or why there is none.
    public var shownVerdict: String { notRun == nil ? verdict : isNotApplicable ? "N/A" : "NOT RUN" }
}

extension RunReport.Latency {
    /// The small brain's and big brain's acknowledgement limit of CMD-01.
    init(_ evidence: [Evidence]) {
        limitMs = 50
        var samples: [Double] = []
        missing = 0
        for play in evidence {
            var acks: [String: [UInt64: Int64]] = [:]
            for record in play.records where record.kind == .received {
                if let ack = record.message as? Ack, acks[record.peer]?[ack.commandID] == nil {
                    acks[record.peer, default: [:]][ack.commandID] = record.kernelNs ?? record.timeNs
                }
            }
            for record in play.records where record.kind == .sent && record.message != nil {
                guard case .unsigned(let id)? = record.message?.value(at: "command_id"),
                    let ack = acks[record.peer]?.removeValue(forKey: id)
                else { continue }
                samples.append(max(0, Double(ack - (record.kernelNs ?? record.timeNs)) / 1e6))
            }
        }
        samplesMs = samples.map { ($0 * 1000).rounded() / 1000 }.sorted()
        let misses = samples.count { $0 > 50 }
        upperBound = samples.isEmpty ? 1 : ClopperPearson.upper(misses: misses, of: samples.count, confidence: 0.95)
    }
}
