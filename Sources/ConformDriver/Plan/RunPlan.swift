public import ConformJudge
public import PonsMessages

/// Which tests a run plays, which not, and why. A pure function of suite, statement, parameters and what was asked for.
public struct RunPlan: Sendable {
    /// What somebody asks of a run.
    public struct Wish: Sendable {
        /// Of the statement's profiles where empty; all that apply where that has none either.
        public var profiles: [String] = []
        public var tier = TestDefinition.Tier.standard
        /// The largest motion class that may be played.
        public var maxMotion = "M3"
        /// Why no more motion than that.
        public var motionReason = "--max-motion"

        /// How much the robot may be moved.
        public var envelope = MotionEnvelope.full

        public init() {}

        /// Hardware is moved only under the eyes of somebody who is named (CNF-06).
        public mutating func respect(_ descriptor: Descriptor, watchedBy name: String?) {
            guard !descriptor.simulator, name?.isEmpty ?? true, maxMotion > "M1" else { return }
            maxMotion = "M1"
            motionReason = "this is hardware; name who watches it with --operator NAME"
        }
    }

    public struct Entry: Sendable {
        public let test: TestDefinition
        /// `nil`: it is played.
        public let notRun: NotRunReason?
        /// When it applies, with the answer to each item.
        public let applies: String
    }

    public let entries: [Entry]
    public let binding: TestBinding
    public let statement: ConformanceStatement
    public let parameters: ParameterSet
    /// Claimed, or asked for.
    public let claims: [String]

    /// Items that the product hasn't got.
    public var lacking: [String] { binding.has.filter { !$0.value }.map(\.key).sorted() }

    public var tests: [TestDefinition] { entries.filter { $0.notRun == nil }.map(\.test) }
    public var leftOut: [Entry] { entries.filter { $0.notRun != nil } }

    /// Everything that applies to what the robot shows of itself.
    public init(_ suite: Suite, _ tests: [TestDefinition], _ wish: Wish = Wish(), descriptor: Descriptor) {
        self.init(
            suite, tests, wish, statement: suite.catalogue.discovered(from: descriptor),
            parameters: ParameterSet(suite.catalogue.parameters, descriptor: descriptor), descriptor: descriptor)
    }

    /// - Parameter tests: those selected by name, of the product's kind.
    public init(
        _ suite: Suite, _ tests: [TestDefinition], _ wish: Wish, statement: ConformanceStatement,
        parameters: ParameterSet, descriptor: Descriptor
    ) {
        let catalogue = suite.catalogue
        let shown = catalogue.discovered(from: descriptor)
        let claims = wish.profiles.isEmpty ? statement.claims : wish.profiles
        let profiles = catalogue.profiles(of: claims)
        var values = parameters.values(catalogue.parameters, descriptor)
        values.merge(catalogue.limits(of: claims)) { $1 }
        self.statement = statement
        self.parameters = parameters
        self.claims = claims
        // An item counts as missing only where statement and robot both say so: a false no is no way round a test.
        var has: [String: Bool] = [:]
        for item in catalogue.items {
            let (declared, seen) = (statement.answer(item.id).holds, shown.answer(item.id).holds)
            has[item.id] = declared == true || seen == true ? true : declared ?? seen
        }
        binding = TestBinding(values: values, tier: wish.tier, has: has)
        entries = tests.map { test in
            let expression = suite.applicability(of: test)
            let text = expression.text { id in statement.answer(id).text }
            func entry(_ reason: NotRunReason?) -> Entry { Entry(test: test, notRun: reason, applies: text) }
            if expression.holds({ has[$0] }) == false { return entry(.notApplicable(text)) }
            if !profiles.isEmpty && !suite.profiles(of: test).contains(where: { !profiles.isDisjoint(with: $0) }) {
                return entry(.notApplicable("not in \(claims.joined(separator: ", "))"))
            }
            if test.tier > wish.tier || (wish.tier == .quick && test.motion > "M1") {
                return entry(.beyond("not in the \(wish.tier.rawValue) tier"))
            }
            if test.motion > wish.maxMotion {
                return entry(.beyond("motion \(test.motion) is not allowed: \(wish.motionReason)"))
            }
            if test.needsWholeAmplitude && wish.envelope == .first {
                return entry(.beyond("a tenth of its motion shows nothing; --envelope full"))
            }
            if let name = TestBinding.names(in: test).subtracting(values.keys).sorted().first {
                return entry(.beyond("nothing is named for $\(name); write it in ixit.yaml"))
            }
            return entry(nil)
        }
    }
}
