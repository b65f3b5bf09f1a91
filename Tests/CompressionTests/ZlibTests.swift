import Compression
import Testing

@Suite struct ZlibTests {
    @Test func `messages come out whole, however their chunks were cut`() throws {
        for size in [1, 2, 3, 7, 1000, 1 << 20] {
            var deflater = try ZlibDeflater()
            var inflater = try ZlibInflater()
            for length in [1, 5, 400, 70_000, 2, 3] {
                let message = Samples.text(length)
                let wire = deflater.deflate(message)
                #expect(Array(wire.suffix(4)) == [0, 0, 0xFF, 0xFF])
                var received: [[UInt8]] = []
                for start in stride(from: 0, to: wire.count, by: size) {
                    let chunk = Array(wire[start..<min(start + size, wire.count)])
                    if let message = try inflater.inflate(chunk, limit: 1 << 20) { received.append(message) }
                }
                // A cut may fall right behind a mark inside the message; the parts then follow each other.
                #expect(received.reduce([], +) == message)
            }
        }
    }

    @Test func `the context is kept from message to message`() throws {
        var deflater = try ZlibDeflater()
        let first = deflater.deflate(Samples.noise(2000)).count
        let again = deflater.deflate(Samples.noise(2000)).count
        #expect(first > 1900)
        #expect(again < 100)
    }

    @Test func `a message may inflate to the limit and not past it`() throws {
        for (length, fits) in [(9999, true), (10_000, true), (10_001, false), (5_000_000, false)] {
            var deflater = try ZlibDeflater()
            var inflater = try ZlibInflater()
            let wire = deflater.deflate([UInt8](repeating: 0x41, count: length))
            let message = try? inflater.inflate(wire, limit: 10_000)
            #expect((message?.count == length) == fits)
            if !fits {
                #expect(refusal(&inflater, []) == .broken)
            }
        }
    }

    @Test func `chunks that never flush are refused before they are kept`() throws {
        var inflater = try ZlibInflater()
        #expect(try inflater.inflate([UInt8](repeating: 7, count: 900), limit: 1000) == nil)
        #expect(refusal(&inflater, [UInt8](repeating: 7, count: 200)) == .tooLarge)
    }

    @Test func `bytes that are not zlib are corrupt`() throws {
        var inflater = try ZlibInflater()
        #expect(refusal(&inflater, Array("not zlib at all".utf8) + [0, 0, 0xFF, 0xFF]) == .corrupt)
    }
}

/// The code with which these bytes are refused; nil when they are not.
private func refusal(_ inflater: inout ZlibInflater, _ bytes: [UInt8]) -> CompressionError.Code? {
    do {
        _ = try inflater.inflate(bytes, limit: 1000)
        return nil
    } catch {
        return error.code
    }
}
