import Base
import EventModels
import LinkProtocol
import Testing

/// `fetch gateway`: what a gateway tells of itself.
@Suite struct GatewayReportTests {
    private static func full() throws -> GatewayReport {
        var report = GatewayReport(gateway: "abcd", version: "1.2", since: 1_700_000_000_000)
        report.token = .accepted
        report.application = .init(id: Snowflake(5), name: "App “x”")
        report.user = .init(id: Snowflake(6), name: nil)
        report.intents = .init(wanted: ["GUILDS"], refused: ["MESSAGE_CONTENT"], off: [])
        report.missing = "wait"
        var shard = GatewayReport.Shard(try #require(ShardName("1/2")), phase: .down, latency: 42, guilds: 3)
        shard.hasPublisher = true
        (shard.waiting, shard.waitingBytes, shard.waitingFor) = (7, 900, 1_500)
        (shard.reason, shard.code) = ("no", 4014)
        report.shards = [GatewayReport.Shard(try #require(ShardName("0/2")), phase: .up), shard]
        return report
    }

    @Test func `it is read back as it was written`() throws {
        let report = try Self.full()
        #expect(GatewayReport(decoding: report.encoded()) == report)
        let bare = GatewayReport(gateway: "g", since: 0)
        #expect(GatewayReport(decoding: bare.encoded()) == bare)
        #expect(bare.version == ProductVersion.current)
    }

    @Test func `the command names nobody, and is read back`() throws {
        let message = LinkMessage.command(LinkCommand(id: 9, .fetchGateway))
        let text = String(decoding: message.encoded(ts: 1), as: UTF8.self)
        #expect(text == #"{"type":"command","data":{"id":9,"name":"fetch gateway"},"ts":1}"#)
        #expect(try LinkMessage(decoding: Array(text.utf8)) == message)
        let command = LinkCommand(id: 9, .fetchGateway)
        #expect(command.shard == nil && command.guild == nil)
    }

    @Test func `what is none is refused, what is strange in it is passed over`() throws {
        for text in [
            "", "[]", "{}", #"{"gateway":"g","version":"1"}"#, #"{"gateway":1,"version":"1","since":1}"#,
            #"{"gateway":"g","version":"1","since":-1}"#,
        ] {
            #expect(GatewayReport(decoding: Array(text.utf8)) == nil, "\(text)")
        }
        let strange = #"""
            {"gateway":"g","version":"1","since":1,"token":"maybe","application":{"id":"x"},"more":[],"intents":[],
            "shards":[{"shard":"9/1","phase":"up"},{"shard":"0/1","phase":"sideways"},{"shard":"0/1","phase":"up","latency":-3,
            "guilds":-1,"waiting":-9,"reason":5}]}
            """#
        let report = try #require(GatewayReport(decoding: Array(strange.utf8)))
        #expect(report.token == .unknown && report.application == nil && report.intents.off == nil)
        #expect(report.shards == [GatewayReport.Shard(.only, phase: .up)])
    }

    @Test func `texts and shards are bounded, whoever wrote them`() throws {
        var report = GatewayReport(gateway: "g", since: 1)
        report.missing = String(repeating: "x", count: 10_000)
        report.shards = (0..<2_000).compactMap { ShardName(index: $0, count: 2_000) }.map { name in
            var shard = GatewayReport.Shard(name, phase: .down)
            shard.reason = String(repeating: "é", count: 1_000)
            return shard
        }
        let read = try #require(GatewayReport(decoding: report.encoded()))
        #expect(
            read.missing?.count == GatewayReport.reasonMax && read.shards.count == GatewayReport.shardsMax
        )
        #expect(read.shards[0].reason?.count == GatewayReport.reasonMax)
        #expect(
            GatewayReport.Named(id: Snowflake(1), name: String(repeating: "n", count: 500)).name?.count == 100
        )
    }
}
