import Foundation
import PonsReflection

/// What the fuzzer calls, over and over. PONS_FUZZ names the target; a finding is a trap with its reason before it.
private let target: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["PONS_FUZZ"] ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
        FileHandle.standardError.write(Data("PONS_FUZZ is \"\(name)\"; it must be one of \(names)\n".utf8))
        exit(2)
    }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    target.run(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

enum FuzzTarget: String, CaseIterable {
    /// Owned messages: the first byte is the type, the rest the message.
    case messages
    /// Views of every message, beside what decoding gives: the first byte is the type.
    case views
    /// Fixed forms, canonical views and resident frames: the first byte is the type.
    case spinal
    /// Learned views: which message, what is changed of it and where, the message.
    case learned
    /// Frame headers, check sequences and the assembler of a byte stream.
    case frames
    /// The protobuf project's test message.
    case protobuf
    /// A robot and a client in one exchange: what each does next, one byte what and then its arguments.
    case session

    func run(_ input: [UInt8]) {
        switch self {
        case .messages: MessageTarget.run(input)
        case .views: ViewTarget.run(input)
        case .spinal: SpinalTarget.run(input)
        case .learned: LearnedTarget.run(input)
        case .frames: FrameTarget.run(input)
        case .protobuf: ProtobufTarget.run(input)
        case .session: SessionTarget.run(input)
        }
    }
}

/// A property that must hold for every input.
func require(_ condition: Bool, _ what: @autoclosure () -> String, _ input: [UInt8]) {
    if condition { return }
    FileHandle.standardError.write(Data("FINDING: \(what())\ninput: \(Hex.text(input))\n".utf8))
    abort()
}
