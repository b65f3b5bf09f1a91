import JSON
import Testing

@Suite struct PlainTextTests {
    @Test func `it ends at the first byte that is not plain, wherever that is`() {
        for byte in 0...255 as ClosedRange<UInt8> {
            let isPlain = 0x20..<0x80 ~= byte && byte != 0x22 && byte != 0x5C
            for count in 0...20 {
                for place in 0..<count {
                    var bytes = [UInt8](repeating: 0x61, count: count)
                    bytes[place] = byte
                    #expect(PlainText.end(in: bytes.span, from: 0) == (isPlain ? count : place))
                    #expect(PlainText.end(in: bytes.span, from: place + 1) == count)
                }
            }
        }
    }

    @Test func `every pair of neighbours is told apart`() {
        for first in 0...255 as ClosedRange<UInt8> {
            for second in [0x00, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x5B, 0x5C, 0x5D, 0x7F, 0x80, 0xFF] as [UInt8]
            {
                let bytes: [UInt8] = [0x61, first, second, 0x61, 0x61, 0x61, 0x61, 0x61]
                let plain = bytes.firstIndex { !(0x20..<0x80 ~= $0) || $0 == 0x22 || $0 == 0x5C }
                #expect(PlainText.end(in: bytes.span, from: 0) == plain ?? bytes.count)
            }
        }
    }
}
