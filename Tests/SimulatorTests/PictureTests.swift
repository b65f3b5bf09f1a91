import Compression
import Simulator
import Testing

@Suite struct PictureTests {
    /// Signature, chunks in order, and pixels that inflate to the size that the head states.
    @Test(arguments: [UInt64(1), 2, 3, 5, 8, 13, 21]) func `paints a PNG, the same for the same seed`(
        seed: UInt64
    ) throws {
        let png = try #require(AvatarPainter.png(seed: seed))
        #expect(png == AvatarPainter.png(seed: seed) && png != AvatarPainter.png(seed: seed + 100))
        #expect(png.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        var at = 8
        var types: [String] = []
        var data: [UInt8] = []
        while at + 12 <= png.count {
            let length = png[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
            types.append(String(decoding: png[at + 4..<at + 8], as: UTF8.self))
            if types.last == "IDAT" { data += png[at + 8..<at + 8 + length] }
            at += 12 + length
        }
        #expect(at == png.count && types == ["IHDR", "IDAT", "IEND"])
        var inflater = try ZlibInflater()
        let pixels = try inflater.inflate(Array(data.dropLast(9)), limit: 1 << 20)
        #expect(pixels?.count == 128 * (1 + 128 * 3))
        #expect(png.count < 8192)
    }

    @Test func `serves them where the CDN has them`() async throws {
        try await SimulatorFixture.run { fixture in
            for path in [
                "/avatars/1/ab.png?size=64", "/embed/avatars/3.png", "/icons/2/cd.png",
                "/cdn/avatars/1/ab.png",
            ] {
                let reply = try await fixture.send("GET", path)
                #expect(
                    reply.status == 200 && reply.head.contains("image/png") && reply.body.count > 100,
                    "\(path)"
                )
            }
            #expect(try await fixture.send("GET", "/avatars/1/ab.txt").status == 404)
        }
    }
}
