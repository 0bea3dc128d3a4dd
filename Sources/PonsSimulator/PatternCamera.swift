public import PonsMessages

/// The head camera of the exact plant, which has nothing to look at: a bar that wanders over a ramp. Colour and depth of
/// one capture, 20 ms old when published, the same for the same times.
public struct PatternCamera: Sendable {
    public static let width = 128
    public static let height = 96
    private static let exposureNs: Int64 = 8_000_000
    private static let latencyNs: Int64 = 20_000_000
    /// Columns of the wandering bar.
    private static let bar = 12

    private var sequence: UInt64 = 0
    private var captureNs: Int64?

    private let periodNs: Int64

    /// - Parameter periodNs: ns between captures.
    public init(periodNs: Int64) { self.periodNs = periodNs }

    /// One cycle: captures when it is time, returns what is finished: colour, then depth.
    public mutating func advance(to now: Int64) -> [Image] {
        guard let capture = captureNs else {
            captureNs = now
            return []
        }
        guard now >= capture + Self.latencyNs else { return [] }
        // Nobody looked for a while: the camera starts anew, and its numbers show how much was missed.
        let missed = max(0, (now - capture - Self.latencyNs) / periodNs)
        let taken = capture + missed * periodNs
        sequence += UInt64(missed) + 1
        captureNs = taken + periodNs
        return shot(at: taken).images(publishedAt: now)
    }

    private func shot(at capture: Int64) -> CameraShot {
        let left = Int(sequence % UInt64(Self.width - Self.bar))
        var colour: [UInt8] = []
        var depth: [UInt8] = []
        colour.reserveCapacity(Self.width * Self.height * 3)
        depth.reserveCapacity(Self.width * Self.height * 2)
        for row in 0..<Self.height {
            for column in 0..<Self.width {
                let isBar = column >= left && column < left + Self.bar
                colour.append(isBar ? 255 : UInt8(truncatingIfNeeded: row))
                colour.append(UInt8(truncatingIfNeeded: column))
                colour.append(UInt8(truncatingIfNeeded: Int(sequence)))
                // The outermost columns see nothing.
                let isBlind = column == 0 || column == Self.width - 1
                let millimetres = isBlind ? 0 : isBar ? 800 : 1500 + 10 * row
                depth.append(UInt8(truncatingIfNeeded: millimetres))
                depth.append(UInt8(truncatingIfNeeded: millimetres >> 8))
            }
        }
        return CameraShot(
            captureNs: capture, exposureNs: Self.exposureNs, sequence: sequence, width: Self.width,
            height: Self.height, colour: colour, depth: depth)
    }
}
