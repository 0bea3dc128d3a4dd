import ConformDriver

/// Asks a codec one question before it is asked two thousand.
public enum CodecDoctor {
    public static func examine(_ command: String) -> Finding {
        do throws(StageError) {
            let line = try CodecProcess(command).answer(#"{"id": 1, "message": "TimePing", "bytes": ""}"#)
            guard line.contains("\"accept\"") else {
                return .fault(
                    "CODEC-SPEAKS-OTHERWISE", "the codec answers '\(line.prefix(80))'",
                    fix:
                        "an answer is {\"accept\": true, \"bytes\": \"\", \"id\": 1, \"meaning\": {}}; pons-codec --help"
                )
            }
            return .ok("CODEC", "it answers")
        } catch { return .fault("CODEC-SILENT", error.message, fix: error.hint) }
    }
}
