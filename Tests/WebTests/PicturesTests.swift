import Base
import EventLoop
import Glibc
import HTTPClient
import HTTPServer
import TestSupport
import Testing
import Web

/// Discord's pictures and Debian's library over a socket.
@Suite struct PicturesTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x41, 0x42]
    private static let path = "/pictures/avatars/80351110224678912/ab12.png"

    private static func discord(_ reply: @escaping ScriptedDiscord.Answer) -> ScriptedDiscord {
        let discord = ScriptedDiscord()
        discord.answers(reply)
        return discord
    }

    private static func stage(_ discord: ScriptedDiscord) async throws -> APIStage {
        try await APIStage(environment: ["DISCORD_CDN_BASE": "http://cdn.test/base/"], http: discord)
    }

    @Test func `a picture is fetched once, kept by browsers, and asked for in the size that is wanted`()
        async throws
    {
        let discord = Self.discord { _ in
            HTTPReply(status: 200, headers: ["Content-Type": "text/html"], body: Self.png)
        }
        let stage = try await Self.stage(discord)
        let first = try await stage.ask("GET", "\(Self.path)?size=64")
        #expect(first.status == 200 && first.header("content-type") == "image/png")
        #expect(first.header("cache-control") == "public, max-age=604800, immutable")
        #expect(first.header("content-security-policy") == "default-src 'none'; frame-ancestors 'none'")
        #expect(first.header("set-cookie") == nil && first.header("vary") == nil)
        let tag = try #require(first.header("etag"))
        let again = try await stage.ask("GET", "\(Self.path)?size=64", "If-None-Match: \(tag)\r\n")
        #expect(again.status == 304 && again.body.isEmpty)
        #expect(try await stage.ask("GET", Self.path).status == 200)
        let wanted = ["64", "128"].map {
            "http://cdn.test/base/avatars/80351110224678912/ab12.png?size=\($0)"
        }
        #expect(discord.calls.map(\.url) == wanted)
        #expect(
            discord.calls.allSatisfy { $0.method == "GET" && $0.headers.isEmpty && $0.timeout == .seconds(5) }
        )
        #expect(stage.metric("guildwire_web_pictures_held") == 2)
    }

    @Test func `nothing but Discord's pictures is ever asked for`() async throws {
        let discord = Self.discord { _ in HTTPReply(status: 200, body: Self.png) }
        let stage = try await Self.stage(discord)
        let targets = [
            "attachments/1/2/secret.png", "avatars/1/ab.svg", "avatars/1/..%2f..%2fab.png",
            "avatars/1%2fab.png/x.png",
            "http://evil.example/ab.png", "%2f%2fevil.example/ab.png", "avatars/1/ab.png%3fx=1.png", "",
        ]
        for target in targets {
            let status = try await stage.ask("GET", "/pictures/\(target)").status
            // 400: the server's own refusal of an encoded slash.
            #expect(status == 404 || status == 400 && target.contains("%2f"), "\(target)")
        }
        for size in ["0", "63", "1024", "-1", "64&size=32", "a"] {
            #expect(try await stage.ask("GET", "\(Self.path)?size=\(size)").status == 400, "\(size)")
        }
        #expect(discord.calls.isEmpty)
    }

    @Test func `what is no picture, too long, elsewhere or not there is not handed on`() async throws {
        let table: [(String, ScriptedDiscord.Answer)] = [
            (
                "markup",
                { _ in
                    HTTPReply(status: 200, headers: ["Content-Type": "image/png"], body: Array("<svg/>".utf8))
                }
            ),
            (
                "elsewhere",
                { _ in HTTPReply(status: 302, headers: ["Location": "http://10.0.0.1/"], body: Self.png) }
            ),
            ("nothing", { _ in HTTPReply(status: 404, body: Self.png) }),
            ("too long", { _ in throw HTTPClientError(code: .tooLarge, reason: "long") }),
            (
                "a byte too long",
                { _ in
                    let rest = [UInt8](
                        repeating: 0,
                        count: PictureCache.Bounds().pictureBytesMax + 1 - Self.png.count
                    )
                    return HTTPReply(status: 200, body: Self.png + rest)
                }
            ),
        ]
        for (what, reply) in table {
            let discord = Self.discord(reply)
            let stage = try await Self.stage(discord)
            let answer = try await stage.ask("GET", Self.path)
            #expect(answer.status == 404 && answer.header("cache-control") == "no-store", "\(what)")
            #expect(answer.header("location") == nil && !answer.body.contains("svg"), "\(what)")
            #expect(
                try await stage.ask("GET", Self.path).status == 404 && discord.calls.count == 1,
                "\(what)"
            )
        }
    }

    @Test func `a picture has the type of its bytes, in each size that there is, up to the bound`()
        async throws
    {
        let bound = PictureCache.Bounds().pictureBytesMax
        let table: [([UInt8], String)] = [
            (Array("GIF89a..".utf8), "image/gif"), (Array("RIFF1234WEBPVP8".utf8), "image/webp"),
            ([0xFF, 0xD8, 0xFF, 0xE0], "image/jpeg"),
            (Self.png + [UInt8](repeating: 0, count: bound - Self.png.count), "image/png"),
        ]
        for (bytes, type) in table {
            let stage = try await Self.stage(Self.discord { _ in HTTPReply(status: 200, body: bytes) })
            for size in ["16", "32", "64", "128", "256", "512"] {
                let answer = try await stage.ask("GET", "\(Self.path)?size=\(size)")
                #expect(answer.status == 200 && answer.header("content-type") == type, "\(size)")
            }
            #expect(stage.metric(#"guildwire_web_pictures_total{outcome="picture"}"#) == 6)
            #expect(stage.metric(#"guildwire_web_picture_fetches_total{outcome="picture"}"#) == 6)
        }
    }

    @Test
    func `what Discord says of a pause is believed, within bounds, and its own failure is not a picture's`()
        async throws
    {
        let table: [(reply: HTTPReply, then: ClosedRange<Int>)] = [
            (HTTPReply(status: 429, headers: ["Retry-After": "9223372036854775807"]), 50...60),
            (HTTPReply(status: 429, headers: ["Retry-After": "-5"]), 1...5),
            (HTTPReply(status: 429, headers: ["Retry-After": "soon"]), 1...5),
            (HTTPReply(status: 429), 1...5),
        ]
        for (reply, then) in table {
            let stage = try await Self.stage(Self.discord { _ in reply })
            #expect(try await stage.ask("GET", Self.path).header("retry-after") == "5")
            let seconds = try await stage.ask("GET", Self.path).header("retry-after").flatMap { Int($0) }
            #expect(seconds.map { then ~= $0 } == true, "\(reply)")
        }
        let broken = Self.discord { _ in HTTPReply(status: 500, body: Self.png) }
        let stage = try await Self.stage(broken)
        for _ in 0..<2 { #expect(try await stage.ask("GET", Self.path).status == 503) }
        #expect(broken.calls.count == 2, "nothing is believed to be missing")
    }

    /// A Discord that answers when the test says so.
    private final class Slow: HTTPClient {
        private let state = Locked<(waiting: [CheckedContinuation<Void, Never>], isOpen: Bool)>(([], false))

        func send(_ call: HTTPCall) async throws -> HTTPReply {
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    if !state.isOpen { state.waiting.append(continuation) }
                    return state.isOpen
                }
                if isOpen { continuation.resume() }
            }
            return HTTPReply(status: 200, body: PicturesTests.png)
        }

        func open() {
            let waiting = state.withLock { state in
                state.isOpen = true
                return state.waiting
            }
            for one in waiting { one.resume() }
        }
    }

    @Test func `an address for which many wait is told to come again, others are not`() async throws {
        let slow = Slow()
        let stage = try await APIStage(
            environment: ["DISCORD_CDN_BASE": "http://cdn.test", "TRUSTED_PROXIES": "127.0.0.1"],
            http: slow
        )
        let wanted = try #require(PictureRequest(rest: "icons/1/ab.png", size: "64"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { slow.open() }
            for _ in 0..<128 {
                group.addTask { _ = await stage.api.pictures.picture(wanted, for: "127.0.0.1") }
            }
            try await eventually("128 that wait") { stage.metric("guildwire_web_pictures_waiting") == 128 }
            let busy = try await stage.ask("GET", Self.path)
            #expect(busy.status == 503 && busy.header("retry-after") == "5")
            #expect(stage.metric(#"guildwire_web_pictures_total{outcome="busy"}"#) == 1)
            group.addTask {
                let other = try await stage.ask("GET", Self.path, "X-Forwarded-For: 203.0.113.9\r\n")
                #expect(other.status == 200)
            }
            try await eventually("one more") { stage.metric("guildwire_web_pictures_waiting") == 129 }
        }
    }

    @Test func `while Discord is away that is said, kept by nobody, and it is left alone`() async throws {
        let isAway = Locked(true)
        let discord = Self.discord { _ in
            if isAway.withLock({ $0 }) { throw HTTPClientError(code: .timedOut, reason: "slow") }
            return HTTPReply(status: 200, body: Self.png)
        }
        let stage = try await Self.stage(discord)
        for _ in 0..<6 {
            let answer = try await stage.ask("GET", Self.path)
            #expect(answer.status == 503 && answer.header("cache-control") == "no-store")
            // The last of the five may have begun; to the millisecond it is in PictureCacheTests.
            #expect(Int(answer.header("retry-after") ?? "").map { 1...5 ~= $0 } == true)
        }
        #expect(discord.calls.count == 4, "then it rests")
        isAway.withLock { $0 = false }
        let limited = Self.discord { _ in HTTPReply(status: 429, headers: ["Retry-After": "30"]) }
        let other = try await Self.stage(limited)
        #expect(try await other.ask("GET", Self.path).status == 503)
        let second = try await other.ask("GET", Self.path)
        #expect(second.status == 503 && limited.calls.count == 1)
        #expect(Int(second.header("retry-after") ?? "").map { 25...30 ~= $0 } == true)
    }

    @Test func `a real server's redirect is not followed and a picture past the bound is cut off`()
        async throws
    {
        try await withEventLoop { loop in
            let cdn = HTTPServer(
                loop: loop,
                routes: [
                    .get("/avatars/1/*") { _, _ in .redirect(to: "/icons/1/secret.png", status: 302) },
                    .get("/icons/1/*") { _, _ in HTTPResponse(body: .bytes(Self.png)) },
                    .get("/icons/2/*") { _, _ in
                        HTTPResponse(body: .bytes(Self.png + [UInt8](repeating: 0, count: 1 << 20)))
                    },
                ]
            )
            let port = try await cdn.start(host: "127.0.0.1", port: 0)
            let stage = try await APIStage(
                environment: ["DISCORD_CDN_BASE": "http://127.0.0.1:\(port)"],
                http: URLSessionHTTPClient(bodyBytesMax: PictureCache.Bounds().pictureBytesMax)
            )
            #expect(try await stage.ask("GET", "/pictures/avatars/1/ab.png").status == 404)
            #expect(try await stage.ask("GET", "/pictures/icons/2/ab.png").status == 404)
            #expect(try await stage.ask("GET", "/pictures/icons/1/ab.png").status == 200)
        }
    }

    @Test func `Chart.js comes from Debian's package, or it is said what to install`() async throws {
        let without = try await APIStage()
        let problem = try await without.ask("GET", "/libraries/chart.js")
        #expect(problem.status == 404 && problem.body.contains("libjs-chart.js"))
        #expect(problem.header("cache-control") == "no-store")
        var template = Array("/tmp/guildwire-library-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        let file = try #require(fopen(folder + "/chart.min.js", "w"))
        defer {
            unlink(folder + "/chart.min.js")
            rmdir(folder)
        }
        fputs("globalThis.Chart = 1;", file)
        fclose(file)
        let stage = try await APIStage(libraries: folder)
        let script = try await stage.ask("GET", "/libraries/chart.js")
        #expect(script.status == 200 && script.body == "globalThis.Chart = 1;")
        #expect(script.all("cache-control") == ["public, max-age=86400"])
        #expect(script.header("content-type")?.hasPrefix("text/javascript") == true)
        let tag = try #require(script.header("etag"))
        let again = try await stage.ask("GET", "/libraries/chart.js", "If-None-Match: \(tag)\r\n")
        #expect(again.status == 304 && again.all("cache-control") == ["public, max-age=86400"])
        for other in ["/libraries/", "/libraries/chart.mjs", "/libraries/chart.js/x"] {
            #expect(try await stage.ask("GET", other).status == 404, "\(other)")
        }
    }
}
