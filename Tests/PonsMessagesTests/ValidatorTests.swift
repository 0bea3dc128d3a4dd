import PonsMessages
import PonsReflection
import Testing

@Suite struct ValidatorTests {
    private let context = ValidationContext(jointCount: 3)

    private func valid() -> JointSetpoint {
        var message = JointSetpoint()
        (message.sequence, message.stampNs, message.validUntilNs) = (1, 1, 2)
        (message.leaseEpoch, message.leaseSequence, message.resourceID) = (1, 1, 1)
        (message.descriptorEpoch, message.mode) = (1, .position)
        message.position = [0, 0, 0]
        return message
    }

    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let reason: RejectReason
        let path: String
        let spoil: @Sendable (inout JointSetpoint) -> Void

        init(
            _ name: String, _ reason: RejectReason, _ path: String,
            _ spoil: @escaping @Sendable (inout JointSetpoint) -> Void
        ) {
            testDescription = name
            self.reason = reason
            self.path = path
            self.spoil = spoil
        }
    }

    static let cases = [
        Case("no sequence", .fieldMissing, "sequence") { $0.sequence = nil },
        Case("no mode", .fieldMissing, "mode") { $0.mode = nil },
        Case("one joint short", .wrongCount, "position") { $0.position = [0, 0] },
        Case("one joint long", .wrongCount, "velocity") { $0.velocity = [0, 0, 0, 0] },
        Case("NaN", .notFinite, "position[1]") { $0.position[1] = .nan },
        Case("infinity", .notFinite, "effort[2]") { $0.effort = [0, 0, .infinity] },
    ]

    @Test func `a valid message passes`() throws { try valid().validate(context) }

    @Test(arguments: cases) func `a broken rule is named with its field`(_ entry: Case) {
        var message = valid()
        entry.spoil(&message)
        let violation = #expect(throws: Violation.self) { try message.validate(context) }
        #expect(violation?.reason == entry.reason)
        #expect(violation.map { JointSetpoint.describe($0.path) } == entry.path)
    }

    @Test func `minus zero and subnormal numbers are numbers`() throws {
        var message = valid()
        message.position = [-0.0, .leastNonzeroMagnitude, 0]
        try message.validate(context)
    }

    @Test(arguments: [(0.0, false), (0.9, false), (1.0005, true), (1.0, true), (.nan, false)])
    func `a quaternion has unit norm within a thousandth`(w: Double, isValid: Bool) {
        var orientation = Quaternion()
        (orientation.x, orientation.y, orientation.z, orientation.w) = (0, 0, 0, w)
        var position = Vector3()
        (position.x, position.y, position.z) = (0, 0, 0)
        var pose = Pose()
        (pose.position, pose.orientation) = (position, orientation)
        #expect(((try? pose.validate(context)) != nil) == isValid)
    }

    @Test(arguments: [("left_arm", true), ("a b", false), ("../etc", false), ("ümlaut", false), ("a:b.c-d", true)])
    func `identifiers keep to their characters`(text: String, isValid: Bool) {
        var frame = FrameDescription()
        frame.name = text
        #expect(((try? frame.validate(context)) != nil) == isValid)
    }

    @Test func `fields can be set and read by name`() throws {
        var message = valid()
        try message.set("mode", to: .text("VELOCITY"))
        #expect(message.mode == .velocity)
        #expect(message.value(at: "position[1]") == .number(0))
        try message.set("sequence", to: nil)
        #expect(message.value(at: "sequence") == nil)
        #expect(throws: ReflectionError.noSuchField) { try message.set("no_such", to: .integer(1)) }
        #expect(throws: ReflectionError.wrongType) { try message.set("mode", to: .text("SIDEWAYS")) }
    }

    /// Upper triangles of 3 × 3 matrices, row by row: xx xy xz yy yz zz.
    @Test(
        arguments: [
            ([], true), ([1, 0, 0, 1, 0, 1], true), ([0, 0, 0, 0, 0, 0], true), ([1, 1, 1, 1, 1, 1], true),
            ([4, 2, 0, 1, 0, 9], true), ([1e-12, 0, 0, 1e-12, 0, 1e-12], true), ([0, 0, 0, 1, 0.5, 1], true),
            ([-1, 0, 0, 1, 0, 1], false), ([1, 2, 0, 1, 0, 1], false), ([0, 0.1, 0, 1, 0, 1], false),
            ([1, 0.9, -0.9, 1, 0.9, 1], false), ([1, 0, 0, 1, 0], false), ([1, 0, 0, 1, 0, .nan], false),
        ] as [([Double], Bool)]) func `a covariance is positive semi-definite or absent`(
            triangle: [Double], isValid: Bool
        )
    {
        var covariance = Covariance()
        covariance.upperTriangle = triangle
        let isAccepted = (try? covariance.validate(context)) != nil
        #expect(isAccepted == isValid)
    }

    @Test
    func `random products of a matrix with its transpose are covariances, and not with a variance turned negative`() {
        var seed: UInt64 = 0x5EED
        print("seed \(seed)")
        func next() -> Double {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(seed >> 11) / Double(1 << 52) - 1
        }
        for round in 0..<500 {
            let rows = (0..<6).map { _ in (0...round % 6).map { _ in next() } }
            var covariance = Covariance()
            for i in 0..<6 {
                for j in i..<6 { covariance.upperTriangle.append(zip(rows[i], rows[j]).reduce(0) { $0 + $1.0 * $1.1 }) }
            }
            #expect(throws: Never.self, "\(covariance.upperTriangle)") { try covariance.validate(context) }
            covariance.upperTriangle[20] = -covariance.upperTriangle[20] - 0.01
            #expect(throws: Violation.self, "\(covariance.upperTriangle)") { try covariance.validate(context) }
        }
    }

    @Test func `an interval's upper bound is not below its lower bound`() throws {
        var interval = Interval()
        (interval.lower, interval.upper) = (1, 1)
        try interval.validate(context)
        interval.upper = 0.999
        #expect { try interval.validate(context) } throws: { error in
            (error as? Violation)?.reason == .outOfRange && (error as? Violation)?.limit == 1
        }
    }
}
