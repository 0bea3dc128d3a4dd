public import Foundation
public import PonsMessages

/// What must survive a power cycle, in a file: a latched stop and the epoch of authority (SAF-07, SAF-11).
///
/// One line, `pons-state 1 latch N epoch M`; N is the number of a `SafetyState`, 0 for none.
public struct StateFile: Sendable {
    /// Nobody knows any more what was latched: the robot must not start before a person has looked at it.
    public struct Unreadable: Error, CustomStringConvertible, Sendable {
        public let description: String
    }

    private let url: URL

    public init(_ url: URL) { self.url = url }

    /// What was stored before power went; a file that is not there is a first boot.
    public func load() throws(Unreadable) -> (latch: SafetyState?, epoch: UInt64) {
        guard FileManager.default.fileExists(atPath: url.path) else { return (nil, 0) }
        let words = (try? String(contentsOf: url, encoding: .utf8))?.split(whereSeparator: \.isWhitespace) ?? []
        guard words.count == 6, words[0] == "pons-state", words[1] == "1", words[2] == "latch", words[4] == "epoch",
            let number = Int32(words[3]), let epoch = UInt64(words[5]), SafetyState(rawValue: number).isKnown
        else {
            throw Unreadable(
                description:
                    "\(url.path) can't be read: what was latched is unknown. Look at the robot, then remove the file")
        }
        return (number == 0 ? nil : SafetyState(rawValue: number), epoch)
    }

    /// Writes it beside and takes its place: half a file never replaces a whole one.
    public func store(latch: SafetyState?, epoch: UInt64) throws {
        let line = "pons-state 1 latch \(latch?.rawValue ?? 0) epoch \(epoch)\n"
        try Data(line.utf8).write(to: url, options: .atomic)
    }
}
