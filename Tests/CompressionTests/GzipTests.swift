import Compression
import Glibc
import Testing

@Suite struct GzipTests {
    @Test func `what is packed comes out as it was, and equal bytes give equal output`() throws {
        for length in [0, 1, 400, 70_000, 1 << 20] {
            let bytes = Samples.text(length)
            let packed = try #require(Gzip.compressed(bytes))
            #expect(packed == Gzip.compressed(bytes))
            #expect(try unpacked(packed) == bytes)
        }
    }

    /// By the tool that everybody has, which checks length and CRC-32 too.
    private func unpacked(_ bytes: [UInt8]) throws -> [UInt8] {
        var template = Array("/tmp/guildwire-gzip-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer { unlink(path) }
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        try #require(written == bytes.count)
        let pipe = try #require(popen("gzip -dc <\(path)", "r"))
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, pipe)
            if count == 0 { break }
            output += buffer[..<count]
        }
        #expect(pclose(pipe) == 0)
        return output
    }
}
