public import PonsPort

/// The vendor's two families of low-level messages. Topics have the same names in both, and other types.
public enum MessageFamily: String, Sendable {
    /// G1 and later humanoids.
    case hg = "unitree_hg"
    /// Go2 and the first H1.
    case go = "unitree_go"

    /// That of a model; every humanoid after the first has the newer one.
    public init(_ manifest: PortManifest) { self = ["unitree-h1", "unitree-go2"].contains(manifest.id) ? .go : .hg }

    /// Slots for motors, used or not.
    public var motorCount: Int { self == .hg ? 35 : 20 }
}
