import PonsPort
import Testing

@Suite struct CDRTests {
    @Test func `numbers stand at multiples of their size, texts end with a zero`() throws {
        var writer = CDRWriter()
        writer.write(UInt8(1))
        writer.write(UInt32(2))
        writer.write("ab")
        writer.write(1.0)
        #expect(
            writer.bytes == [
                0, 1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 97, 98, 0, 0, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F,
            ])
    }

    @Test func `what was written is read`() throws {
        var writer = CDRWriter()
        writer.write(Int16(-3))
        writer.write(Float(0.5))
        writer.write("脑桥")
        writer.write(-2.25)
        writer.count(7)
        var reader = try CDRReader(writer.bytes)
        #expect(try reader.number() as Int16 == -3)
        #expect(try reader.float() == 0.5)
        #expect(try reader.text() == "脑桥")
        #expect(try reader.double() == -2.25)
        #expect(try reader.count(atMost: 8) == 7)
    }

    @Test(
        arguments: [
            ([UInt8](), "not XCDR1"), ([0, 0, 0, 0], "not XCDR1"), ([0, 1, 0, 0], "ends after 4 bytes"),
            ([0, 1, 0, 0, 0, 0, 0, 0], "a text of 0 bytes"), ([0, 1, 0, 0, 255, 255, 255, 255], "a text of"),
            ([0, 1, 0, 0, 2, 0, 0, 0, 97, 98], "no UTF-8 text"), ([0, 1, 0, 0, 2, 0, 0, 0, 0xFF, 0], "no UTF-8 text"),
            ([0, 1, 0, 0, 9, 0, 0, 0, 97, 0], "ends after 10 bytes"),
        ])
    func `no text is made of bytes that hold none`(bytes: [UInt8], message: String) {
        let error = #expect(throws: CDRReader.Malformed.self) {
            var reader = try CDRReader(bytes)
            _ = try reader.text()
        }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }
}
