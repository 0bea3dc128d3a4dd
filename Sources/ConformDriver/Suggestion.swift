/// Nearest names, for whoever mistyped one.
public enum Suggestion {
    /// Up to three names close to `word`, the nearest first.
    public static func nearest(to word: String, in names: [String]) -> [String] {
        let limit = max(3, word.count / 2)
        return names.map { (name: $0, distance: distance(word.lowercased(), $0.lowercased())) }
            .filter { $0.distance <= limit || $0.name.lowercased().contains(word.lowercased()) }
            .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
            .prefix(3).map(\.name)
    }

    /// `did you mean a, b or c?`, or all names when nothing is near.
    public static func sentence(for word: String, in names: [String]) -> String {
        let near = nearest(to: word, in: names)
        return near.isEmpty ? "known: \(names.sorted().joined(separator: ", "))" : "did you mean \(near.joined(separator: ", "))?"
    }

    private static func distance(_ left: String, _ right: String) -> Int {
        let a = Array(left), b = Array(right)
        var previous = Array(0...b.count)
        for i in a.indices {
            var current = [i + 1]
            for j in b.indices {
                current.append(min(previous[j] + (a[i] == b[j] ? 0 : 1), previous[j + 1] + 1, current[j] + 1))
            }
            previous = current
        }
        return previous[b.count]
    }
}
