import CPonsSystem

/// SIGINT and SIGTERM as a request to stop, for programs that end in good order.
public enum StopSignal {
    /// From now on the signals no longer end the process at once.
    public static func catchSignals() { pons_catch_stop_signals() }

    public static var isRaised: Bool { pons_stop_requested() != 0 }
}
