import ConformJudge
import PonsMessages
import PonsReflection

/// A message that is sent again and again beside the steps, its values anew each time.
struct PlannedRepeat {
    let kind: any (FrameMessage & Reflective).Type
    let arguments: StepArgument
    let label: String?
    let periodNs: Int64
    var dueNs: Int64
    var index: Int
}
