import CAllocations

/// How deep code goes into the stack.
enum Stack {
    static let isOptimised = !_isDebugAssertConfiguration()

    /// Bytes of stack that `body` uses, on a thread of its own. Cost: a megabyte of memory and two threads.
    static func depth(_ body: () -> Void) -> Int {
        withoutActuallyEscaping(body) { body in
            let work = Work(body)
            return withExtendedLifetime(work) {
                Int(
                    stack_of(
                        { unsafe Unmanaged<Work>.fromOpaque($0!).takeUnretainedValue().body() },
                        Unmanaged.passUnretained(work).toOpaque()))
            }
        }
    }

    private final class Work {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }
}
