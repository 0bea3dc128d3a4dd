extension RawSpan {
    /// Whether the bytes at `place` are well-formed UTF-8 (FMT-08). Cost: one step per eight bytes of ASCII.
    #if hasFeature(Embedded)
        @inline(never)
    #else
        @inline(__always)
    #endif
    @inlinable
    public func isUTF8(_ place: Range<Int>) -> Bool {
        var offset = place.lowerBound
        while offset &+ 8 <= place.upperBound {
            if load(UInt64.self, at: offset) & 0x8080_8080_8080_8080 != 0 {
                return isScalars(offset..<place.upperBound)
            }
            offset &+= 8
        }
        // The last one to seven bytes: from the word that begins with them, or else ends with them.
        if offset == place.upperBound { return true }
        if offset &+ 8 <= byteCount {
            let last =
                load(UInt64.self, at: offset) &<< UInt64(truncatingIfNeeded: 64 &- 8 &* (place.upperBound &- offset))
            if last & 0x8080_8080_8080_8080 == 0 { return true }
        } else if place.count >= 8 && load(UInt64.self, at: place.upperBound &- 8) & 0x8080_8080_8080_8080 == 0 {
            return true
        }
        return isScalars(offset..<place.upperBound)
    }

    /// Byte by byte, after table 3-7 of the Unicode standard: no overlong form, no surrogate, nothing above U+10FFFF.
    @usableFromInline
    func isScalars(_ place: Range<Int>) -> Bool {
        var offset = place.lowerBound
        while offset < place.upperBound {
            let lead = byte(at: offset)
            offset += 1
            if lead < 0x80 { continue }
            let trailing: Int
            let second: ClosedRange<UInt8>
            switch lead {
            case 0xC2...0xDF: (trailing, second) = (1, 0x80...0xBF)
            case 0xE0: (trailing, second) = (2, 0xA0...0xBF)
            case 0xED: (trailing, second) = (2, 0x80...0x9F)
            case 0xE1...0xEF: (trailing, second) = (2, 0x80...0xBF)
            case 0xF0: (trailing, second) = (3, 0x90...0xBF)
            case 0xF1...0xF3: (trailing, second) = (3, 0x80...0xBF)
            case 0xF4: (trailing, second) = (3, 0x80...0x8F)
            default: return false
            }
            guard offset + trailing <= place.upperBound, second.contains(byte(at: offset)) else { return false }
            for step in 1..<max(trailing, 1) where byte(at: offset + step) & 0xC0 != 0x80 { return false }
            offset += trailing
        }
        return true
    }
}
