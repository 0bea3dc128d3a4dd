/// Nearest names, for whoever mistyped one.
public enum Suggestion {
    /// Up to three names close to `word`, the nearest first.
    public static func nearest(to word: String, in names: [String]) -> [String] {
        let lower = word.lowercased()
        return Set(names).map { name in
            let candidate = name.lowercased()
            return (name: name, distance: candidate.contains(lower) ? 0 : distance(lower, candidate))
        }
        .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
    }

    /// `did you mean a, b or c?`; a short list is told whole.
    public static func sentence(for word: String, in names: [String]) -> String {
        if names.count <= 4 { return "known: \(names.sorted().joined(separator: ", "))" }
        let near = nearest(to: word, in: names)
        return "did you mean \(near.dropLast().joined(separator: ", ")) or \(near.last ?? "")?"
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
