import PonsMessages
import PonsViews
import PonsWire

/// Views of any legal layout: the whole message is checked, nothing is copied.
enum ViewItems {
    private static let codec = "Pons, general view"

    static func all(_ rings: [Ring]) -> [Item] {
        [
            learnedState(rings[0]), learnedSetpoint(rings[1]),
            item(0, "view + touch", rings[0]) { touchState($0) },
            item(3, "view + touch", rings[3]) { touchPlan($0) },
        ] + rings.indices.flatMap { checks($0, rings[$0]) }
    }

    /// A look at a message, everything in it checked.
    static func checks(_ message: Int, _ ring: Ring) -> [Item] {
        switch message {
        case 0: [item(0, "view", ring) { check($0, as: WholeBodyStateView.self) }]
        case 1: [item(1, "view", ring) { check($0, as: JointSetpointView.self) }]
        case 2: [item(2, "view", ring) { check($0, as: ImageView.self) }]
        default: [item(3, "view", ring) { check($0, as: TaskRequestView.self) }]
        }
    }

    /// Layouts stay where they are, as a program would keep them: one for each sender.
    static func learnedState(_ ring: Ring) -> Item {
        let memory = UnsafeMutablePointer<LearnedWholeBodyState>.allocate(capacity: 1)
        memory.initialize(to: LearnedWholeBodyState())
        return learned(0, ring) { look(&memory.pointee, $0) }
    }

    private static func learnedSetpoint(_ ring: Ring) -> Item {
        let memory = UnsafeMutablePointer<LearnedJointSetpoint>.allocate(capacity: 1)
        memory.initialize(to: LearnedJointSetpoint())
        return learned(1, ring) { look(&memory.pointee, $0) }
    }

    @inline(never) private static func look(_ memory: inout LearnedWholeBodyState, _ bytes: RawSpan) -> Bool {
        do throws(WireError) { return try memory.view(bytes) != nil } catch { return false }
    }

    @inline(never) private static func look(_ memory: inout LearnedJointSetpoint, _ bytes: RawSpan) -> Bool {
        do throws(WireError) { return try memory.view(bytes) != nil } catch { return false }
    }

    private static func learned(_ message: Int, _ ring: Ring, _ look: @escaping (RawSpan) -> Bool) -> Item {
        Item(codec: "Pons, learned view", message: message, operation: "view") { count in
            for index in 0..<count { if !look(ring[index].span) { PonsItems.fail("view") } }
        }
    }

    private static func item(
        _ message: Int, _ operation: String, _ ring: Ring, _ look: @escaping (RawSpan) -> Bool
    ) -> Item {
        Item(codec: codec, message: message, operation: operation) { count in
            for index in 0..<count {
                if !look(ring[index].span) { PonsItems.fail(operation) }
            }
        }
    }

    @inline(__always) private static func check<V: WireView & ~Escapable>(_ bytes: RawSpan, as: V.Type) -> Bool {
        do throws(WireError) { return try V(bytes) != nil } catch { return false }
    }

    private static func touchState(_ bytes: RawSpan) -> Bool {
        do throws(WireError) {
            guard let state = try WholeBodyStateView(bytes) else { return false }
            var sum: Float = 0
            sum += total(state.position) + total(state.velocity) + total(state.effort)
            sum += total(state.commanded) + total(state.applied)
            return !sum.isNaN
        } catch { return false }
    }

    @inline(__always) private static func total(_ values: PackedView<Float>) -> Float {
        var sum: Float = 0
        for index in 0..<values.count { sum += values[index] }
        return sum
    }

    private static func touchPlan(_ bytes: RawSpan) -> Bool {
        do throws(WireError) {
            guard let plan = try TaskRequestView(bytes), let root = plan.root else { return false }
            return touch(root) > 0
        } catch { return false }
    }

    private static func touch(_ node: PlanNodeView) -> Int {
        var sum = node.id.span.count &+ node.skill.span.count &+ node.comment.span.count &+ Int(node.timeoutNs)
        var parameters = node.parameters
        while let parameter = parameters.next() {
            sum &+= parameter.name.span.count &+ parameter.frame.span.count
            switch parameter.value {
            case .number(let value)?: sum &+= Int(value)
            case .text(let text)?: sum &+= text.span.count
            default: break
            }
        }
        var children = node.children
        while let child = children.next() { sum &+= touch(child) }
        return sum
    }
}
