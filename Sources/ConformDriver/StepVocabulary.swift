/// The closed vocabulary of stimuli and oracles: what each word takes. The loader checks definitions against it, and the
/// JSON Schema of test definitions is made from it.
public enum StepVocabulary {
    public struct Word: Sendable {
        public let name: String
        public let meaning: String
        public let arguments: [(name: String, meaning: String, isRequired: Bool)]
    }

    private static func word(_ name: String, _ meaning: String, _ arguments: [(String, String, Bool)]) -> Word {
        Word(name: name, meaning: meaning, arguments: arguments.map { (name: $0.0, meaning: $0.1, isRequired: $0.2) })
    }

    private static let peer = ("peer", "which client of the robot", true)
    private static let label = ("as", "name for checks and later steps", false)
    private static let fields = (
        "fields", "fields by name, overriding what the step would send; `all X` is X for every joint", false
    )
    private static let omit = ("omit", "fields to leave out", false)
    private static let count = ("count", "how many", false)
    private static let every = ("every", "time between them", false)
    private static let session = ("session", "send under the session of this peer", false)
    private static let header = (
        "header", "header fields: counter relative to the next one, source, destination, stream", false
    )
    private static let payload = ("payload", "bytes as 0x… to send instead of the message", false)
    private static let append = ("append", "bytes as 0x…, or 0x… * N, behind the message's own", false)

    public static let steps: [Word] = [
        word(
            "open", "opens a session: hello, descriptor, subscription, clock comparison",
            [
                peer, ("role", "observer, controller, operator, service or stop_only", true),
                ("sync", "compare clocks and report; default yes", false),
                ("name", "client name told in Hello", false), ("fields", "fields of Hello by name", false),
                (
                    "certificate",
                    "which one to show: a role, none, ended, stranger, brief, or clear for no TLS; default the role's",
                    false
                ), ("narrow", "its end of the link holds little before it is read", false), count, label,
            ]),
        word(
            "connect", "opens a link without a session, or many one after the other",
            [peer, count, every, label]),
        word(
            "reopen", "opens a session and ends it, again and again",
            [peer, ("times", "how often", true), label]),
        word("close", "closes the link without a word", [peer, label]),
        word("goodbye", "ends the session politely", [peer, label]),
        word(
            "ready", "acquires authority, powers on and enables",
            [
                peer, ("resource", "resource id; default the whole body", false), label,
            ]),
        word("acquire", "acquires authority and waits for it", [peer, ("resource", "resource id", false), label]),
        word("enable", "powers on if needed and enables", [peer, label]),
        word("resume", "leaves a protective stop", [peer, label]),
        word("reset", "the two-step reset", [peer, label]),
        word(
            "stream", "sends setpoints at a fixed rate, open loop",
            [
                peer, ("rate", "default 100 Hz", false), ("for", "how long; without it the stream goes on", false),
                ("joint", "joint that moves", false), ("amplitude", "of a sine, or the distance of a ramp", false),
                ("frequency", "of the sine", false), ("ramp", "time of a ramp instead of a sine", false),
                ("valid_for", "validity of each setpoint; default 100 ms", false),
                ("lose", "share of frames that never arrive, at most two in a row", false), fields, omit, session,
                label,
            ]),
        word(
            "repeat", "sends a message again and again beside what follows, each with its values anew",
            [
                peer, ("message", "its name in the schema", true), ("every", "time between them", true),
                ("for", "how long; without it until the next repeat or stop_repeat of the peer", false),
                ("fields", "fields by name; `index` grows from message to message", false), omit, label,
            ]),
        word("stop_repeat", "ends what a peer repeats", [peer, label]),
        word("stop_stream", "ends the stream of a peer", [peer, label]),
        word(
            "setpoint", "sends single setpoints",
            [
                peer, ("joint", "joint to set", false), ("offset", "added to the joint's last target", false),
                ("value", "absolute target", false), ("length", "length of the position array", false),
                ("sequence", "relative to the next number", false), count, every, fields, omit, session, header,
                payload, append, label, ("corrupt", "spoil the check sequence", false),
                ("spoil", "a joint that is set beyond its hard limit as well", false),
            ]),
        word(
            "probe_limits", "sends, for every joint and sign, a setpoint inside or outside a limit",
            [
                peer, ("quantity", "position, velocity or effort", true), ("bound", "soft or hard", false),
                ("beyond", "distance beyond the bound; negative is inside", true), every, label,
            ]),
        word(
            "probe_numbers", "sends setpoints with a special number in each array",
            [
                peer, ("number", "nan, infinity, negative_infinity, negative_zero or subnormal", true), every, label,
            ]),
        word(
            "chunk", "sends an action chunk",
            [
                peer, ("joint", "joint that moves", false), ("distance", "how far it moves over the chunk", false),
                ("start", "time of step 0; default now + 100 ms", false), ("period", "of a step; default 20 ms", false),
                ("horizon", "steps; default 50", false), ("commit", "committed prefix; default 0", false),
                ("observed", "time of the observation; default now - 20 ms", false),
                ("valid_for", "validity from now; default 5 s", false), ("id", "chunk id relative to the next", false),
                fields, omit, session, label,
            ]),
        word(
            "strip_chunk", "sends a valid chunk once for each listed field, without that field",
            [
                peer, ("each", "fields to strip", true), every, label,
            ]),
        word(
            "send", "sends any message",
            [
                peer, ("message", "its name in the schema", true), fields, omit, count, every, session, header,
                payload, append, label, ("corrupt", "spoil the check sequence", false),
            ]),
        word(
            "resend", "sends a recorded step again, bit for bit",
            [
                peer, ("step", "name of the step", true), count, every, ("for", "how long", false),
                ("fresh_frames", "seal the same messages in new frames", false),
                ("flip_bits", "once for each bit behind the header, with that bit flipped", false), label,
            ]),
        word(
            "change_and_resend", "sends a recorded command again with one field changed",
            [
                peer, ("step", "name of the step", true), fields, label,
            ]),
        word(
            "raw", "sends bytes that are no message",
            [
                peer, ("kind", "oversize, random, dribble, zeros or truncated", true), label,
            ]),
        word(
            "habits", "switches what a client does by itself",
            [
                peer, ("answers", "answer challenges", false), ("renews", "renew leases", false),
                ("syncs", "compare clocks", false),
                (
                    "reads",
                    "no leaves everything that comes unread, like a program that hangs; a share reads only that much of what came in the last second, like one on a narrow link",
                    false
                ),
                ("drift", "share by which its clock runs wrong from here on; negative is slow", false), label,
            ]),
        word("silence", "a client sends nothing any more", [peer, label]),
        word("speak", "a silent client speaks again", [peer, label]),
        word(
            "race", "two clients acquire at the same time, again and again",
            [
                ("peers", "the two", true), ("times", "how often", true), label,
            ]),
        word(
            "link", "from here on every link is one of this profile: late, in bursts, cut up, out for a while",
            [
                ("profile", "P0 to P6", true),
                ("frames", "whole frames are lost, doubled and swapped, as a relay does that knows them", false), label,
            ]),
        word(
            "guest", "hinders the brain under test for a while",
            [
                ("for", "how long", true), ("late", "both directions of its link are late by this much", false),
                ("stale", "its state stream alone is late by this much", false),
                ("blind", "nothing of the state stream reaches it", false), label,
            ]),
        word(
            "fetch", "fetches every body model of the descriptor, piece by piece",
            [peer, label]),
        word(
            "datagrams",
            "opens the datagram path of a session: its setpoints, and streams to it, go there from here on",
            [peer, label]),
        word(
            "resend_datagrams", "sends datagrams of a step again, the newest first",
            [
                peer, ("step", "name of the step", true), count, every,
                ("flip", "with one bit of each turned", false), label,
            ]),
        word("mode", "asks for an operating mode", [peer, ("mode", "its name", true), label]),
        word(
            "inject", "injects a condition in TEST mode",
            [
                peer, ("kind", "what", true), ("value", "how much", false),
                ("index", "which source, or the name of a joint", false), ("for", "how long", false),
                label,
            ]),
        word(
            "ask", "asks a codec under test for every vector of a set",
            [("vectors", "messages, rules, frames or sealing", true), label]),
        word("read", "reads the recording under test", [label]),
        word(
            "cut", "cuts the recording at random bytes and reads what is left", [("times", "how often", true), label]),
        word("wait", "lets time pass", [("for", "how long", true), label]),
        word(
            "wait_until", "waits for a message",
            [
                ("peer", "who must receive it", false), ("message", "its name", true), ("where", "its values", false),
                ("timeout", "default 2 s", false), label,
            ]),
    ]

    private static let window = [
        ("after", "start of the window", false), ("until", "end of the window", false),
        ("stamp", "field with the robot's own time", false),
    ]
    private static let message = [
        ("message", "its name in the schema", true), ("peer", "who received it; any without it", false),
        ("where", "values by field", false),
    ]

    public static let oracles: [Word] = [
        word(
            "reply", "what became of each command of a step",
            [
                ("to", "name of the step", true), ("outcome", "accepted, rejected, duplicate or silence", true),
                ("reason", "one reason or several", false), ("field", "field the rejection names", false),
                ("within", "default 250 ms", false), ("or_closed", "closing the link is as good", false),
                ("ack", "values of the Ack, numbers or ranges a...b", false),
            ]),
        word(
            "event", "a message in a window",
            message + [
                ("after", "not before", false), ("before", "not after", false),
                ("stamp", "field with the robot's own time", false), ("as", "name for its time", false),
            ]),
        word("never", "no such message in a window", message + window),
        word("always", "every message of a type in a window", message + window + [("at_least", "how many", false)]),
        word(
            "count", "how many messages in a window",
            message + window + [
                ("at_least", "lower bound", false), ("at_most", "upper bound", false),
            ]),
        word(
            "distinct", "values of a field that neither repeat nor follow a pattern",
            message + window + [("field", "which field", true)]),
        word(
            "age", "how old a time in a message was when it came, as a share of the messages",
            message + window + [
                ("field", "field with the robot's time", true), ("limit", "time", true), ("q", "share", true),
                ("to", "a later time in the same message, instead of when it came", false),
                ("in_a_row", "how many may miss it one after the other", false),
            ]),
        word(
            "grows", "a number that never falls from one message to the next",
            message + window + [
                ("field", "which field", true), ("by", "how much each time", false),
                ("strictly", "it must not stay the same either", false),
                ("each", "field that tells series apart, as a sensor's id", false),
            ]),
        word(
            "steady", "stamps in even steps, as a share of the steps",
            message + window + [
                ("field", "field with the stamp", true), ("per", "field with the number of the message", true),
                ("each", "field that tells series apart", false), ("within", "share of the period", true),
                ("q", "share of the steps", true),
            ]),
        word(
            "clock", "the robot's clock neither jumps nor drifts, from the exchanges of a peer",
            [("peer", "whose", true)]),
        word(
            "pictures", "bytes of images are what their fields say",
            [("peer", "who received them", true)] + window),
        word("pieces", "messages in pieces come whole", [("peer", "who received them", true)] + window),
        word(
            "together", "images of one sync group and index were taken together",
            [("peer", "who received them", true), ("within", "time; default 5 ms", false)] + window),
        word("calibrated", "images name the calibration announced before them", [("peer", "who received them", true)]),
        word("frames", "one tree of frames, rotations in the order x y z w", [("peer", "who received samples", true)]),
        word(
            "protective_distance", "the distance in force against the declared terms",
            [
                ("peer", "who received the status", true),
                ("more_by", "how much more it must be at least once; without it no more than at rest", false),
            ] + window),
        word(
            "rate", "how fast a number grows, per second of the robot's time",
            message + window + [
                ("field", "which field", true), ("per", "field with the robot's time, ns", true),
                ("equals", "growth a second", true), ("tolerance", "share of it", true),
            ]),
        word(
            "chain", "the entries of an audit log follow on each other",
            [("peer", "who received them", true), ("after", "not before", false)]),
        word("transcript", "each Welcome vouches for the Hello that was sent", [("peer", "who sent it", true)]),
        word(
            "body_model", "body models have the declared hash, joints and limits", [("peer", "who fetched them", true)]),
        word("gap", "the longest pause between messages of a type", message + window + [("at_most", "time", true)]),
        word(
            "descriptor", "what the robot says of itself",
            [("where", "values by field; `each: {…}` of a list must hold for every element", true)]),
        word(
            "monitor", "what must hold in all traffic, named: it decides this test as well",
            [("name", "schema, sequence, clock or state-machine", true)]),
        word(
            "answers", "what a codec said of every vector of a step",
            [
                ("to", "name of the step", true), ("compare", "acceptance, reason, meaning or bytes", true),
                ("among", "accepted or refused vectors only", false),
                ("named", "only vectors with one of these words in their name", false),
                ("at_least", "how many vectors", false),
            ]),
        word(
            "recording", "the file of a recording",
            [
                ("is", "whole, in_short_chunks, readable_when_cut, described or kept_around_its_stop", true),
                ("at_most", "time of a chunk", false), ("name", "of the metadata", false),
                ("has", "keys of the metadata", false),
                ("unless", "other metadata: with them those of the name may be missing", false),
                ("before", "time before the stop, 10 s", false),
                ("after", "time after the stop, 5 s", false),
            ]),
        word(
            "matched", "every message of one type has its counterpart",
            [
                ("message", "which messages", true), ("with", "their counterpart", true),
                ("by", "field whose value both have", true),
            ]),
        word(
            "declared", "statement, claims and the robot's own description agree",
            [("what", "items or claims", true)]),
        word("closed", "the robot ends a link", [("peer", "whose", true)] + window),
        word(
            "motion", "how far, how fast or where joints were",
            [
                ("joints", "names, or all", false), ("except", "all but these", false),
                ("peer", "whose state stream", false),
                ("of", "position, velocity, applied, commanded or effort", false),
                (
                    "metric",
                    "travel, peak, step, at; advance: from first to last, with its sign; echo: measured equal to applied in a row; mismatch: position against integrated velocity",
                    false
                ),
                ("at", "time, for metric at", false),
                ("equals", "value, for metric at", false), ("tolerance", "for metric at", false),
                ("at_most", "upper bound", false), ("at_least", "lower bound", false),
            ] + window),
        word(
            "quantile", "a share of replies within a limit",
            [
                ("to", "name of the step", true), ("limit", "time", true), ("q", "share", true),
                ("in_a_row", "how many may miss it one after the other", false),
            ]),
    ]
}
