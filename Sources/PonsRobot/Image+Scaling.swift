import PonsMessages

extension Image {
    /// The picture in at most this size: every n-th pixel of every n-th row, so that no pixel is invented. Encodings that
    /// are not one run of bytes a pixel stay as they are. 0 is any size. Cost: linear in the result.
    func scaled(toWidth wantedWidth: UInt32, height wantedHeight: UInt32) -> Image {
        guard let size = bytesPerPixel, width > 0, height > 0 else { return self }
        func factor(_ actual: UInt32, _ wanted: UInt32) -> UInt32 { wanted == 0 ? 1 : (actual + wanted - 1) / wanted }
        let step = Int(max(factor(width, wantedWidth), factor(height, wantedHeight)))
        guard step > 1 else { return self }
        let rows = Swift.stride(from: 0, to: Int(height), by: step)
        let columns = Swift.stride(from: 0, to: Int(width), by: step)
        var scaled = self
        scaled.payload = []
        for row in rows {
            for column in columns {
                let at = row * Int(self.stride) + column * size
                scaled.payload += payload[at..<at + size]
            }
        }
        scaled.width = UInt32((Int(width) + step - 1) / step)
        scaled.height = UInt32((Int(height) + step - 1) / step)
        scaled.stride = scaled.width * UInt32(size)
        return scaled
    }

    private var bytesPerPixel: Int? {
        switch encoding {
        case .rgb8, .bgr8: 3
        case .mono8: 1
        case .depth16: 2
        case .depth32f: 4
        default: nil
        }
    }
}
