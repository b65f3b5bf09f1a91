import Testing
import Web

/// What is held of Discord's pictures, what is asked for, and who waits.
@Suite struct PictureCacheTests {
    private static func request(_ number: Int) throws -> PictureRequest {
        try #require(PictureRequest(rest: "avatars/\(number + 1)/ab.png", size: "64"))
    }

    private static func picture(_ bytes: Int = 100) throws -> Picture {
        let sign: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        return try #require(Picture(sign + [UInt8](repeating: 0, count: bytes - sign.count)))
    }

    /// What an answer is, for comparing.
    private static func text(_ answer: PictureCache.Answer) -> String {
        switch answer {
        case .held(let picture): "held \(picture.bytes.count)"
        case .missing: "missing"
        case .away(let seconds): "away \(seconds)"
        case .busy: "busy"
        }
    }

    private static func text(_ found: PictureCache.Found) -> String {
        switch found {
        case .answer(let answer): text(answer)
        case .waits(let begins): begins == nil ? "waits" : "begins"
        }
    }

    private static func told(_ ending: PictureCache.Ending) -> [String] {
        ending.told.map { "\($0.waiter) \(text($0.answer))" }
    }

    @Test func `only addresses of Discord's pictures are any, each in one form`() {
        let good = [
            "avatars/80351110224678912/a_1269e74af4df7417b13759eae50c83dc.png", "icons/1/AB_9.webp",
            "guilds/1/users/2/avatars/ab.gif", "embed/avatars/5.png", "emojis/41771983429993937.jpg",
            "icons/1/\(String(repeating: "a", count: 64)).jpeg",
        ]
        for rest in good { #expect(PictureRequest(rest: rest, size: "64") != nil, "\(rest)") }
        #expect(PictureRequest(rest: good[0], size: "64")?.target == "/\(good[0])?size=64")
        #expect(PictureRequest(rest: "embed/avatars/5.png", size: "64")?.target == "/embed/avatars/5.png")
        let long = String(repeating: "a", count: 65)
        let bad = [
            "", "avatars", "avatars/1", "avatars/1/", "avatars/1/ab", "avatars/1/ab.svg",
            "avatars/1/ab.png.svg",
            "avatars/01/ab.png", "avatars/0/ab.png", "avatars/x/ab.png", "avatars/-1/ab.png",
            "avatars/1/a-b.png",
            "avatars/1/\(long).png", "avatars/1/.png", "avatars/1/ab.png/", "/avatars/1/ab.png",
            "avatars//ab.png",
            "avatars/1/ab.png?x=1", "avatars/1/ab%2e.png", "avatars/../ab.png", "avatars/1/é.png",
            "avatars/1/a\u{0}.png",
            "avatars/1/ab.PNG", "icons/1/2/ab.png", "guilds/1/users/2/banners/ab.png",
            "guilds/1/icons/2/avatars/ab.png",
            "guilds/x/users/2/avatars/ab.png", "guilds/1/users/x/avatars/ab.png",
            "guilds/1/users/2/avatars/a-b.png", "embed/icons/5.png", "emojis/1/2.png",
            "embed/avatars/6.png", "embed/avatars/12.png", "embed/avatars/0.gif", "emojis/ab.png",
            "attachments/1/2/ab.png",
            "avatars/99999999999999999999999/ab.png", "http://evil.example/avatars/1/ab.png",
            "@evil.example/ab.png",
        ]
        for rest in bad { #expect(PictureRequest(rest: rest, size: "64") == nil, "\(rest)") }
    }

    @Test func `a picture is what its bytes say, and markup is none`() {
        let table: [([UInt8], PictureFormat?)] = [
            ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0], .png), (Array("GIF89a..".utf8), .gif),
            (Array("GIF87a".utf8), .gif), (Array("RIFF1234WEBPVP8".utf8), .webp),
            ([0xFF, 0xD8, 0xFF, 0xE0], .jpeg),
            (Array("<svg xmlns='http://www.w3.org/2000/svg'>".utf8), nil),
            (Array("<!doctype html>".utf8), nil),
            (Array("RIFF1234WAVE".utf8), nil), ([0x89, 0x50, 0x4E, 0x47], nil), ([], nil),
            (Array("GIF88a".utf8), nil),
        ]
        for (bytes, format) in table { #expect(PictureFormat(of: bytes) == format, "\(bytes)") }
    }

    @Test func `a picture is fetched once for all who wait, and then held`() throws {
        var cache = PictureCache()
        let one = try Self.request(1)
        #expect(Self.text(cache.ask(one, waiter: 1, of: "a", now: 0)) == "begins")
        #expect(Self.text(cache.ask(one, waiter: 2, of: "b", now: 1)) == "waits")
        #expect(cache.fetching == 1 && cache.waiting == 2)
        let ending = cache.ended(one, .picture(try Self.picture()), now: 2)
        #expect(Self.told(ending) == ["1 held 100", "2 held 100"] && ending.begins.isEmpty)
        #expect(Self.text(cache.ask(one, waiter: 3, of: "a", now: 3)) == "held 100")
        #expect(cache.fetching == 0 && cache.waiting == 0 && cache.heldBytes == 100)
    }

    @Test func `so many are fetched at once, the next in the order of their coming`() throws {
        var bounds = PictureCache.Bounds()
        bounds.fetchesMax = 2
        var cache = PictureCache(bounds)
        let all = try (0..<4).map { try Self.request($0) }
        let found = all.enumerated().map { Self.text(cache.ask($1, waiter: UInt64($0), of: "a", now: 0)) }
        #expect(found == ["begins", "begins", "waits", "waits"] && cache.fetching == 2)
        #expect(cache.ended(all[0], .missing, now: 1).begins == [all[2]])
        #expect(cache.ended(all[2], .missing, now: 1).begins == [all[3]])
        #expect(cache.ended(all[1], .missing, now: 1).begins.isEmpty && cache.fetching == 1)
    }

    @Test func `those used longest ago go when the room is used up`() throws {
        var bounds = PictureCache.Bounds()
        bounds.heldBytesMax = 1_000
        var cache = PictureCache(bounds)
        for number in 0..<10 {
            let request = try Self.request(number)
            _ = cache.ask(request, waiter: 0, of: "a", now: 0)
            _ = cache.ended(request, .picture(try Self.picture()), now: 0)
        }
        #expect(cache.heldBytes == 1_000)
        #expect(Self.text(cache.ask(try Self.request(0), waiter: 0, of: "a", now: 0)) == "held 100")
        let more = try Self.request(10)
        _ = cache.ask(more, waiter: 0, of: "a", now: 0)
        _ = cache.ended(more, .picture(try Self.picture()), now: 0)
        #expect(cache.heldBytes <= 875 && cache.figures.held == 8)
        let kept = try (0...10).filter {
            Self.text(cache.ask(try Self.request($0), waiter: 0, of: "a", now: 0)).hasPrefix("held")
        }
        #expect(kept == [0, 4, 5, 6, 7, 8, 9, 10])
    }

    @Test func `what is not there is not asked for again within a minute`() throws {
        var bounds = PictureCache.Bounds()
        bounds.missingMax = 3
        var cache = PictureCache(bounds)
        let one = try Self.request(1)
        _ = cache.ask(one, waiter: 1, of: "a", now: 0)
        #expect(Self.told(cache.ended(one, .missing, now: 0)) == ["1 missing"])
        #expect(Self.text(cache.ask(one, waiter: 2, of: "a", now: 59_999)) == "missing")
        #expect(Self.text(cache.ask(one, waiter: 3, of: "a", now: 60_000)) == "begins")
        for number in 2..<20 {
            _ = cache.ask(try Self.request(number), waiter: 9, of: "a", now: 60_000)
            _ = cache.ended(try Self.request(number), .missing, now: 60_000)
            #expect(cache.missingCount <= 3)
        }
        var lapsing = PictureCache(bounds)
        for (number, time) in [(0, 0), (1, 0), (2, 50_000), (3, 60_000)] as [(Int, Int64)] {
            _ = lapsing.ask(try Self.request(number), waiter: 0, of: "a", now: time)
            _ = lapsing.ended(try Self.request(number), .missing, now: time)
        }
        let left = Self.text(lapsing.ask(try Self.request(2), waiter: 0, of: "a", now: 60_000))
        #expect(lapsing.missingCount == 2 && left == "missing", "only those whose time is over are forgotten")
    }

    @Test func `the bounds are those of the specification`() {
        let bounds = PictureCache.Bounds()
        #expect(bounds.heldBytesMax == 32 << 20 && bounds.pictureBytesMax == 512 << 10)
        #expect(bounds.fetchesMax == 16 && bounds.waitingMax == 512 && bounds.waitingOfAddressMax == 128)
        #expect(
            bounds.policy == LimitPolicy("pictures", 2_400, perSeconds: 60) && bounds.addressesMax == 10_000
        )
        #expect(bounds.missingMax == 4_096 && bounds.missingFor == 60_000 && bounds.patience == 10_000)
        #expect(bounds.failuresMax == 4 && bounds.rest == 5_000 && bounds.restMax == 60_000)
    }

    @Test func `a rest is as long as Discord asks for, within bounds, and no later failure shortens it`()
        throws
    {
        let table: [(rests: [Int64?], length: Int64)] = [
            ([1_000], 5_000), ([30_000], 30_000), ([3_600_000], 60_000), ([30_000, 1_000], 30_000),
        ]
        for (rests, length) in table {
            var cache = PictureCache()
            let all = try rests.indices.map { try Self.request($0) }
            for one in all { _ = cache.ask(one, waiter: 0, of: "a", now: 0) }
            for (one, rest) in zip(all, rests) { _ = cache.ended(one, .failed(rest: rest), now: 0) }
            #expect(Self.text(cache.ask(all[0], waiter: 1, of: "a", now: length - 1)) == "away 1", "\(rests)")
            #expect(Self.text(cache.ask(all[0], waiter: 1, of: "a", now: length)) == "begins", "\(rests)")
        }
    }

    @Test func `failures count in a row: an answer between them begins anew`() throws {
        for answer in [.picture(try Self.picture()), .missing] as [PictureCache.Outcome] {
            var cache = PictureCache()
            for number in 0..<7 {
                let one = try Self.request(number)
                #expect(Self.text(cache.ask(one, waiter: 0, of: "a", now: 0)) == "begins", "\(number)")
                _ = cache.ended(one, number == 3 ? answer : .failed(rest: nil), now: 0)
            }
        }
    }

    @Test func `where Discord fails again and again nobody waits, and what is held is still shown`() throws {
        var bounds = PictureCache.Bounds()
        bounds.fetchesMax = 4
        var cache = PictureCache(bounds)
        let held = try Self.request(99)
        _ = cache.ask(held, waiter: 0, of: "a", now: 0)
        _ = cache.ended(held, .picture(try Self.picture()), now: 0)
        let all = try (0..<6).map { try Self.request($0) }
        for (number, one) in all.enumerated() { _ = cache.ask(one, waiter: UInt64(number), of: "a", now: 0) }
        for number in 0..<3 {
            #expect(Self.told(cache.ended(all[number], .failed(rest: nil), now: 10)) == ["\(number) away 5"])
        }
        // The fourth: those that wait are let go too.
        let last = cache.ended(all[3], .failed(rest: nil), now: 10)
        #expect(Self.told(last) == ["3 away 5"] && last.begins.isEmpty)
        #expect(Self.text(cache.ask(all[0], waiter: 9, of: "a", now: 5_009)) == "away 1")
        #expect(Self.text(cache.ask(held, waiter: 9, of: "a", now: 20)) == "held 100")
        #expect(cache.fetching == 2)
        _ = cache.ended(all[4], .missing, now: 20)
        _ = cache.ended(all[5], .failed(rest: 30_000), now: 20)
        #expect(Self.text(cache.ask(all[0], waiter: 9, of: "a", now: 30_019)) == "away 1")
        #expect(Self.text(cache.ask(all[0], waiter: 9, of: "a", now: 30_020)) == "begins")
    }

    @Test func `those in the queue are let go when the pause begins`() throws {
        var bounds = PictureCache.Bounds()
        bounds.fetchesMax = 1
        var cache = PictureCache(bounds)
        let all = try (0..<3).map { try Self.request($0) }
        for (number, one) in all.enumerated() { _ = cache.ask(one, waiter: UInt64(number), of: "a", now: 0) }
        let ending = cache.ended(all[0], .failed(rest: 1_000), now: 1)
        #expect(Self.told(ending) == ["0 away 5", "1 away 5", "2 away 5"])
        #expect(ending.begins.isEmpty && cache.waiting == 0 && cache.fetching == 0)
    }

    @Test func `who waits too long for a turn is let go`() throws {
        var bounds = PictureCache.Bounds()
        bounds.fetchesMax = 1
        var cache = PictureCache(bounds)
        let all = try (0..<3).map { try Self.request($0) }
        _ = cache.ask(all[0], waiter: 0, of: "a", now: 0)
        _ = cache.ask(all[1], waiter: 1, of: "a", now: 0)
        _ = cache.ask(all[2], waiter: 2, of: "a", now: 1)
        let ending = cache.ended(all[0], .missing, now: 10_000)
        #expect(Self.told(ending) == ["0 missing", "1 busy"] && ending.begins == [all[2]])
    }

    @Test func `no address takes the room of all others`() throws {
        var bounds = PictureCache.Bounds()
        bounds.waitingMax = 6
        bounds.waitingOfAddressMax = 4
        bounds.policy = LimitPolicy("pictures", 5, perSeconds: 60)
        var cache = PictureCache(bounds)
        func ask(_ number: Int, _ address: String) throws -> String {
            Self.text(cache.ask(try Self.request(number), waiter: UInt64(number), of: address, now: 0))
        }
        #expect(try (0..<5).map { try ask($0, "a") } == ["begins", "begins", "begins", "begins", "busy"])
        #expect(try (5..<8).map { try ask($0, "b") } == ["begins", "begins", "busy"])
        for number in 0..<4 { _ = cache.ended(try Self.request(number), .missing, now: 0) }
        // Four were fetched for it; a fifth may be, a sixth must wait for the next minute. What others fetch is no cost of it.
        #expect(try ask(20, "a") == "begins" && ask(21, "a") == "busy" && ask(5, "a") == "waits")
        #expect(try ask(21, "b") == "begins")
    }
}
