/// A conformance test as data: what is played, and how it is judged.
public struct TestDefinition: Equatable, Sendable {
    /// One step of the stimulus: a word of the closed vocabulary with its arguments.
    public struct Step: Equatable, Sendable {
        public let verb: String
        public let arguments: StepArgument

        public init(verb: String, arguments: StepArgument) {
            self.verb = verb
            self.arguments = arguments
        }

        /// The name other steps and checks refer to it by.
        public var label: String? { arguments["as"]?.text }
    }

    /// One check: an oracle with its arguments.
    public struct Check: Equatable, Sendable {
        public let id: String
        public let oracle: String
        public let arguments: StepArgument
        /// A control twin: it must hold for the other checks to mean anything.
        public let isControl: Bool
        /// What a product must have for this check, beside what the test needs.
        public let applies: ApplicabilityExpression

        public init(
            id: String, oracle: String, arguments: StepArgument, isControl: Bool,
            applies: ApplicabilityExpression = .always
        ) {
            self.id = id
            self.oracle = oracle
            self.arguments = arguments
            self.isControl = isControl
            self.applies = applies
        }
    }

    public struct Explanation: Equatable, Sendable {
        public var why = ""
        public var causes: [String] = []
        public var fixes: [String] = []

        public init() {}
    }

    /// What kind of product a test is about.
    public enum Target: String, CaseIterable, Sendable {
        case robot
        /// The runner plays the robot.
        case brain
        /// Bytes and frames alone, over a pipe.
        case codec
        /// A file that a robot has written.
        case recording
    }

    /// How long a run may be; a longer one includes the shorter.
    public enum Tier: String, CaseIterable, Comparable, Sendable {
        /// A minute, without motion beyond standing powered.
        case quick
        /// Ten minutes.
        case standard
        /// An hour: more trials where a share or a bound is judged.
        case full

        public static func < (left: Tier, right: Tier) -> Bool {
            allCases.firstIndex(of: left)! < allCases.firstIndex(of: right)!
        }
    }

    public enum Level: String, Sendable {
        case must = "MUST"
        case should = "SHOULD"
        case may = "MAY"
    }

    public var id: String
    public var version: Int
    public var requirements: [String]
    public var level: Level
    public var title: [String: String]
    public var motion: String
    public var target: Target
    /// The shortest run that includes it.
    public var tier: Tier
    /// A tenth of its motion shows nothing: no test for a first run (CNF-06).
    public var needsWholeAmplitude = false
    /// What a product must have beside what the steps need.
    public var applies: ApplicabilityExpression
    /// Items that its steps seem to need, without which the robot must answer just the same.
    public var despite: [String]
    public var lets: [(name: String, value: StepArgument)]
    public var stimulus: [Step]
    /// Brings back what the stimulus may have left, however far it came; no evidence.
    public var finally: [Step]
    public var checks: [Check]
    public var explanation: [String: Explanation]
    public var mutants: [String]
    public var file: String
    /// SHA-256 of the definition's bytes, hex.
    public var digest: String

    public init(id: String, file: String) {
        self.id = id
        self.file = file
        version = 1
        requirements = []
        level = .must
        title = [:]
        motion = "M0"
        target = .robot
        tier = .standard
        applies = .always
        despite = []
        lets = []
        stimulus = []
        finally = []
        checks = []
        explanation = [:]
        mutants = []
        digest = ""
    }

    public static func == (left: TestDefinition, right: TestDefinition) -> Bool {
        left.id == right.id && left.digest == right.digest && left.file == right.file
    }
}
