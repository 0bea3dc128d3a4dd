public import AgiBotNative

/// What is known of the A3's own side: a command may be 10 ms old, and 50 ms of silence end its motion. The figures are those
/// of the vendor's open deployment program; the firmware's are not public.
public enum AgiBotA3Body {
    public static let watchdog = JointTopicBody.Watchdog(freshnessNs: 10_000_000, silenceNs: 50_000_000)
}
