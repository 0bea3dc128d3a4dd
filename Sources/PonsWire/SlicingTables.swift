#if !hasFeature(Embedded)

    /// Tables that let a reflected CRC of up to 64 bits take sixteen bytes at once: sixteen of 256 entries, filled at
    /// first use. The state meets only the first eight bytes, so that the other half need not wait for it.
    ///
    /// Not for motor controllers: 16 KiB (CRC-32) or 32 KiB (CRC-64) of memory.
    ///
    /// Raw memory, made once and never given back: an inline array that is only borrowed is copied to the stack first, and
    /// that took longer than the frame. The one place of this module that owns memory by hand.
    @safe
    struct SlicingTables<State: FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable>: Sendable {
        /// Entry `256 k + b`: what byte `b` does to the state when `k` more bytes follow it in the same step.
        private nonisolated(unsafe) let entries: UnsafePointer<State>

        /// - Parameter shifted: the state after eight more bits.
        init(shifted: (State) -> State) {
            let entries = UnsafeMutablePointer<State>.allocate(capacity: 4096)
            for byte in 0..<256 { unsafe (entries + byte).initialize(to: shifted(State(byte))) }
            for index in 256..<4096 { unsafe (entries + index).initialize(to: shifted(entries[index - 256])) }
            unsafe self.entries = UnsafePointer(entries)
        }

        /// Takes eight bytes, the first of them lowest.
        @inline(__always)
        func update(_ state: inout State, _ word: UInt64) {
            state = eight(from: 0, word ^ UInt64(truncatingIfNeeded: state))
        }

        /// Takes whole groups of eight of the first `end` bytes; returns how many bytes that were.
        @inline(__always)
        func update(_ state: inout State, _ bytes: RawSpan, upTo end: Int) -> Int {
            var done = 0
            while end - done >= 16 {
                let first = bytes.littleEndian(at: done, as: UInt64.self) ^ UInt64(truncatingIfNeeded: state)
                let second = bytes.littleEndian(at: done + 8, as: UInt64.self)
                state = eight(from: 0, second) ^ eight(from: 8, first)
                done += 16
            }
            if end - done >= 8 {
                update(&state, bytes.littleEndian(at: done, as: UInt64.self))
                done += 8
            }
            return done
        }

        /// What eight bytes do to the state when `following` more follow them in the same step.
        @inline(__always)
        private func eight(from following: Int, _ word: UInt64) -> State {
            let low = entry(following + 7, word) ^ entry(following + 6, word &>> 8) ^ entry(following + 5, word &>> 16)
            let middle = entry(following + 4, word &>> 24) ^ entry(following + 3, word &>> 32)
            let high = entry(following + 2, word &>> 40) ^ entry(following + 1, word &>> 48)
            return low ^ middle ^ high ^ entry(following, word &>> 56)
        }

        @inline(__always)
        private func entry(_ table: Int, _ word: UInt64) -> State {
            // Below 4096: `table` is 15 at most.
            unsafe entries[table &* 256 &+ Int(truncatingIfNeeded: word & 0xFF)]
        }
    }

#endif
