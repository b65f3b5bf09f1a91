import Compression
import Testing

@Suite struct ZstdTests {
    @Test func `each compressed message gives that message`() throws {
        var compressor = try ZstdCompressor()
        var decompressor = try ZstdDecompressor()
        for length in [1, 5, 400, 70_000, 500_000, 3] {
            let message = Samples.text(length)
            let received = try decompressor.decompress(try compressor.compress(message), limit: 1 << 20)
            #expect(received == message)
        }
    }

    @Test func `the context is kept from message to message`() throws {
        var compressor = try ZstdCompressor()
        let first = try compressor.compress(Samples.noise(2000)).count
        let again = try compressor.compress(Samples.noise(2000)).count
        #expect(first > 1900)
        #expect(again < 100)
    }

    @Test func `a message may grow to the limit and not past it`() throws {
        for (length, fits) in [(10_000, true), (10_001, false), (5_000_000, false)] {
            var compressor = try ZstdCompressor()
            var decompressor = try ZstdDecompressor()
            let wire = try compressor.compress([UInt8](repeating: 0x41, count: length))
            let message = try? decompressor.decompress(wire, limit: 10_000)
            #expect((message?.count == length) == fits)
        }
    }

    @Test func `bytes that are not zstd break the stream for good`() throws {
        var decompressor = try ZstdDecompressor()
        var codes: [CompressionError.Code] = []
        for _ in 0..<2 {
            do {
                _ = try decompressor.decompress(Array("not zstd at all".utf8), limit: 10_000)
            } catch {
                codes.append(error.code)
            }
        }
        #expect(codes == [.corrupt, .broken])
    }
}
