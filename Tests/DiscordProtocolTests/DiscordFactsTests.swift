import Base
import DiscordProtocol
import JSON
import Testing

@Suite struct DiscordFactsTests {
    @Test func `commands are what Discord documents, and small`() throws {
        let session = Session(id: "s", resumeURL: "wss://r", sequence: 9)
        let token = Secret("t")
        for (command, text) in [
            (GatewayCommand.heartbeat(sequence: nil), #"{"op":1,"d":null}"#),
            (
                .requestMembers(guild: Snowflake(7), nonce: "3", presences: false),
                #"{"op":8,"d":{"guild_id":"7","query":"","limit":0,"nonce":"3"}}"#
            ),
            (
                .requestMembers(guild: Snowflake(7), nonce: "3", presences: true),
                #"{"op":8,"d":{"guild_id":"7","query":"","limit":0,"presences":true,"nonce":"3"}}"#
            ),
            (.heartbeat(sequence: 251), #"{"op":1,"d":251}"#),
            (
                .resume(token: token, session: session),
                #"{"op":6,"d":{"token":"t","session_id":"s","seq":9}}"#
            ),
            (
                .identify(token: token, intents: [.guilds, .guildVoiceStates], shard: 0, count: 1),
                #"{"op":2,"d":{"token":"t","properties":{"os":"linux","browser":"guildwire","device":"guildwire"},"#
                    + #""large_threshold":250,"shard":[0,1],"intents":129}}"#
            ),
        ] {
            #expect(String(decoding: command.encoded(), as: UTF8.self) == text)
        }
    }

    @Test func `payloads are read by their op, whatever else is in them`() throws {
        let text = #"{"t":"X","s":3,"op":0,"d":{"a":1},"new":[]}"#
        let payload = try GatewayPayload(parsing: Array(text.utf8))
        #expect(
            payload.op == 0 && payload.sequence == 3 && payload.name == "X" && payload.data?["a"]?.int == 1
        )
        for wrong in ["", "[]", "{}", #"{"op":"0"}"#, #"{"op":0"#] {
            #expect(throws: GatewayPayloadError.self) { try GatewayPayload(parsing: Array(wrong.utf8)) }
        }
    }

    @Test func `what has no meaning for a client is told from what has`() throws {
        let known = [
            #"{"op":0,"s":1,"t":"NEW_THING","d":{}}"#, #"{"op":0,"t":"RESUMED"}"#, #"{"op":11}"#,
            #"{"op":7,"d":null}"#,
        ]
        let unknown = [
            #"{"op":5}"#, #"{"op":12,"d":{}}"#, #"{"op":0,"s":1,"d":{}}"#, #"{"op":0,"t":"X","d":{}}"#,
        ]
        for text in known { #expect(try GatewayPayload(parsing: Array(text.utf8)).isKnown, "\(text)") }
        for text in unknown { #expect(try !GatewayPayload(parsing: Array(text.utf8)).isKnown, "\(text)") }
    }

    @Test func `a session survives its encoding`() throws {
        let session = Session(id: "a\"b", resumeURL: "wss://r", sequence: 9)
        var writer = JSONWriter()
        session.write(into: &writer)
        #expect(Session(try JSONDocument(parsing: writer.takeBytes()).root) == session)
    }

    @Test func `the address carries version, encoding and compression, on resume too`() {
        let query = "/?v=10&encoding=json"
        for (url, compression, wanted) in [
            (
                "wss://g.example", GatewayCompression.zlibStream,
                "wss://g.example\(query)&compress=zlib-stream"
            ),
            ("wss://g.example/", .none, "wss://g.example\(query)"),
            ("ws://127.0.0.1:80/?v=9&x", .zstdStream, "ws://127.0.0.1:80\(query)&compress=zstd-stream"),
        ] {
            #expect(GatewayURL.connect(url, compression: compression) == wanted)
        }
    }

    @Test func `avatars and icons have Discord's addresses`() {
        let cdn = CDN(base: "https://cdn.example/")
        let vectors: [(UInt64, UInt64)] = [
            (80_351_110_224_678_912, 5), (175_928_847_299_117_063, 2), (290_926_798_626_357_999, 1),
        ]
        for (user, index) in vectors {
            let url = cdn.avatar(user: Snowflake(user), hash: nil, discriminator: "0")
            #expect(url == "https://cdn.example/embed/avatars/\(index).png")
        }
        #expect(
            cdn.avatar(user: Snowflake(1), hash: nil, discriminator: "1337").hasSuffix("/embed/avatars/2.png")
        )
        #expect(cdn.avatar(user: Snowflake(1), hash: "a_01f") == "https://cdn.example/avatars/1/a_01f.png")
        #expect(
            cdn.avatar(user: Snowflake(1), hash: "../x").hasSuffix("/embed/avatars/0.png"),
            "no path in a hash"
        )
        #expect(cdn.guildIcon(Snowflake(2), hash: "ff") == "https://cdn.example/icons/2/ff.png")
        #expect(
            cdn.memberAvatar(guild: Snowflake(2), user: Snowflake(1), hash: "ff")
                == "https://cdn.example/guilds/2/users/1/avatars/ff.png"
        )
    }

    @Test func `no more than 120 payloads leave in any minute, and heartbeats always do`() {
        var limiter = SendLimiter()
        var sent: [Duration] = []
        var now = Duration.zero
        for step in 0..<600 {
            now = .milliseconds(step * 300)
            if step % 50 == 0 {
                limiter.heartbeat(now: now)
                sent.append(now)
            }
            if limiter.admit(now: now) == .zero { sent.append(now) }
        }
        for time in sent { #expect(sent.filter { $0 > time - .seconds(60) && $0 <= time }.count <= 120) }
        #expect(sent.count > 250)
    }

    @Test func `every fatal code says what a person has to change`() {
        for code in CloseCode.allCases where code.disposition == .fatal {
            #expect(code.remedy.contains("(\(code.rawValue))"))
        }
        #expect(CloseCode.authenticationFailed.remedy.contains("DISCORD_BOT_TOKEN"))
        #expect(CloseCode.disallowedIntents.remedy.contains("Message Content Intent"))
    }

    @Test func `the product asks for the intents that its events need`() {
        #expect(Intents.product.rawValue == 20_025_287)
    }
}
