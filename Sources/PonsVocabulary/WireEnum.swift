/// An enumeration of the schema. Open: a number without a name survives a round trip.
public protocol WireEnum: Equatable, Hashable, Sendable {
    init(rawValue: Int32)
    var rawValue: Int32 { get }
    /// The name in the spec, without the type's prefix: `EMERGENCY_STOP`.
    var label: StaticString { get }
    /// What it means, in English; the label where the catalogue has no text.
    var english: StaticString { get }
    /// What it means, in Chinese; the label where the catalogue has no text.
    var chinese: StaticString { get }
    /// Whether the number has a name in this build.
    var isKnown: Bool { get }
    #if !hasFeature(Embedded)
        /// Every value with a name, in order of the schema.
        static var named: [Self] { get }
    #endif
}
