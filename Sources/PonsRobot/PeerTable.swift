import PonsSession

/// The peers of a robot's links, in the order in which the links opened.
///
/// A peer is large and every cycle looks at each of them: they are read where they lie, a dictionary would copy them.
struct PeerTable: Sendable {
    private(set) var links: [LinkID] = []
    /// One more than there are links; the last is the peer that isn't there.
    private var rows: [RobotPeer?] = [nil]

    subscript(link: LinkID) -> RobotPeer? {
        _read { yield rows[row(of: link)] }
        _modify {
            let row = row(of: link)
            let isNew = row == links.count
            if isNew {
                links.append(link)
                rows.append(nil)
            }
            yield &rows[row]
            if rows[row] == nil {
                links.remove(at: row)
                rows.remove(at: row)
            }
        }
    }

    mutating func removeAll() { self = PeerTable() }

    private func row(of link: LinkID) -> Int { links.firstIndex(of: link) ?? links.count }
}
