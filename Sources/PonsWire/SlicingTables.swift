#if !hasFeature(Embedded)

    /// Tables that let a reflected CRC of up to 64 bits take eight bytes at once: eight of 256 entries, filled at first use.
    ///
    /// Not for motor controllers: 8 KiB (CRC-32) or 16 KiB (CRC-64) of memory.
    struct SlicingTables<State: FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable>: Sendable {
        /// Entry `256 k + b`: what byte `b` does to the state when `k` more bytes follow it in the same step.
        private var entries: [2048 of State]

        /// - Parameter shifted: the state after eight more bits.
        init(shifted: (State) -> State) {
            entries = .init(repeating: 0)
            for byte in 0..<256 { entries[byte] = shifted(State(byte)) }
            for index in 256..<2048 { entries[index] = shifted(entries[index - 256]) }
        }

        /// Takes whole groups of eight of the first `end` bytes; returns how many bytes that were.
        @inline(__always)
        func update(_ state: inout State, _ bytes: RawSpan, upTo end: Int) -> Int {
            var done = 0
            while end - done >= 8 {
                let word = bytes.littleEndian(at: done, as: UInt64.self) ^ UInt64(truncatingIfNeeded: state)
                state =
                    entry(7, word) ^ entry(6, word &>> 8) ^ entry(5, word &>> 16) ^ entry(4, word &>> 24)
                    ^ entry(3, word &>> 32) ^ entry(2, word &>> 40) ^ entry(1, word &>> 48) ^ entry(0, word &>> 56)
                done += 8
            }
            return done
        }

        @inline(__always)
        private func entry(_ table: Int, _ word: UInt64) -> State { entries[table &* 256 &+ Int(word & 0xFF)] }
    }

#endif
