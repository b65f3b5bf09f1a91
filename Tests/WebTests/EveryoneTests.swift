import Base
import EventModels
import Testing
import Web

/// What the subject `everyone` is shown.
@Suite struct EveryoneTests {
    @Test(arguments: StreamFormat.allCases)
    func `only what everyone may see is shown, and internal events never are`(format: StreamFormat) {
        let table: [(kind: EventKind, payload: String, shown: Bool)] = [
            (.messageCreated, #"{"messageId":"1","channelId":"20"}"#, true),
            (.messageCreated, #"{"messageId":"2","channelId":"30"}"#, false),
            (.messageDeleted, #"{"messageId":"2","channelId":"30"}"#, false),
            (.reactionAdded, #"{"messageId":"2","channelId":"30"}"#, false),
            (.messageCreated, #"{"messageId":"3","channelId":"99"}"#, false),
            (.messageCreated, #"{"messageId":"3"}"#, false),
            (.voiceJoined, "{\(Guild.user),\"channelId\":\"21\"}", true),
            (.voiceLeft, "{\(Guild.user),\"channelId\":\"31\"}", false),
            (.presenceUpdated, "{\(Guild.user),\"status\":\"idle\",\"online\":3}", true),
            (.memberTimeout, "{\(Guild.user)}", false),
            (.guildUpdated, #"{"name":"Guild"}"#, false),
            (.channelPermissions, #"{"channelId":"20","overwrites":[]}"#, false),
            (.threadMembers, #"{"threadId":"20","added":["7"],"removed":[]}"#, false),
            (.logGap, "{}", false),
        ]
        for (kind, payload, shown) in table {
            var stage = Stage(format: format)
            let viewer = stage.come()
            #expect(stage.got(viewer) == ["snapshot 10"])
            stage.take(11, kind, payload)
            #expect(stage.got(viewer) == (shown ? ["\(kind.rawValue) 11"] : []), "\(kind) \(payload)")
        }
    }

    @Test(arguments: StreamFormat.allCases)
    func `a move between a seen and a hidden channel looks like coming or going`(format: StreamFormat) {
        let table: [(from: Int, to: Int, name: String?, channel: String)] = [
            (21, 22, "voice.moved", "22"), (21, 31, "voice.left", "21"), (31, 21, "voice.joined", "21"),
            (31, 32, nil, ""),
        ]
        for (from, to, name, channel) in table {
            var state = Guild.state()
            for (id, hidden) in [(22, false), (32, true)] {
                let id = Snowflake(UInt64(id))
                state.channels[id] = Channel(
                    id: id,
                    name: "c\(id)",
                    type: 2,
                    parentID: nil,
                    position: 0,
                    topic: nil
                )
                if hidden { state.overwrites[id] = state.overwrites[Snowflake(31)] }
            }
            var stage = Stage(state, format: format)
            let viewer = stage.come()
            _ = stage.got(viewer)
            let payload = """
                {\(Guild.user),"channelId":"\(to)","since":9,"channelName":"c\(to)","fromChannelId":"\(from)",\
                "fromChannelName":"c\(from)","fromSince":4}
                """
            stage.take(11, .voiceMoved, payload)
            let text = stage.text(viewer)
            #expect(stage.got(viewer) == (name.map { ["\($0) 11"] } ?? []))
            guard let name else { continue }
            #expect(text.contains("\"event\":\"\(name)\""))
            let since = name == "voice.left" ? 4 : 9
            #expect(
                text.contains(
                    "\"channelId\":\"\(channel)\",\"since\":\(since),\"channelName\":\"c\(channel)\""
                )
            )
            #expect(text.contains("from") == (name == "voice.moved"))
        }
    }

    @Test func `a move of an older version, which told no times, leaves none behind`() throws {
        let payload = #"{\#(Guild.user),"channelId":"31","since":9,"channelName":"c31","fromChannelId":"21"}"#
        let views = try #require(MoveViews(Guild.event(11, .voiceMoved, payload)))
        let left = String(decoding: views.left, as: UTF8.self)
        #expect(left.contains(#""channelId":"21","since":null"#) && !left.contains("\"since\":9"))
        #expect(String(decoding: views.joined, as: UTF8.self).contains(#""channelId":"31","since":9"#))
    }

    @Test(arguments: StreamFormat.allCases)
    func `a change of what everyone sees starts viewers over, at its own place`(format: StreamFormat) {
        var stage = Stage(format: format)
        let viewer = stage.come()
        let hide = #"{"channelId":"20","overwrites":[{"id":"1","type":0,"allow":"0","deny":"1024"}]}"#
        stage.take([
            Guild.event(11, .messageCreated, #"{"messageId":"1","channelId":"20"}"#),
            Guild.event(12, .channelPermissions, hide),
            Guild.event(13, .messageCreated, #"{"messageId":"2","channelId":"20"}"#),
        ])
        #expect(stage.got(viewer) == ["snapshot 10", "message.created 11", "reset 13"])
        stage.take(14, .channelPermissions, hide)
        #expect(stage.got(viewer) == [])
        stage.take(15, .channelPermissions, #"{"channelId":"20","overwrites":[]}"#)
        #expect(stage.got(viewer) == ["reset 15"])
        stage.take(16, .messageCreated, #"{"messageId":"3","channelId":"20"}"#)
        #expect(stage.got(viewer) == ["message.created 16"])
    }

    @Test(arguments: StreamFormat.allCases)
    func `a channel is seen when it was made, and its end by who saw it before; neither is a change`(
        format: StreamFormat
    ) {
        var stage = Stage(format: format)
        let viewer = stage.come()
        let made = #"{"channelId":"40","name":"new","type":0,"parentId":null,"position":1,"topic":null}"#
        stage.take(11, .channelCreated, made)
        stage.take(12, .messageCreated, #"{"messageId":"2","channelId":"40"}"#)
        stage.take(13, .channelDeleted, made)
        let hidden = #"{"channelId":"30","name":"c30","type":0,"parentId":null,"position":30,"topic":null}"#
        stage.take(14, .channelDeleted, hidden)
        #expect(
            stage.got(viewer) == [
                "snapshot 10", "channel.created 11", "message.created 12", "channel.deleted 13",
            ]
        )
    }

    @Test(arguments: StreamFormat.allCases)
    func `a guild in an outage stays as it was; one that is removed is gone until it comes again`(
        format: StreamFormat
    ) {
        var stage = Stage(format: format)
        let (all, named) = (stage.come(), stage.come(.everyone, StreamFilter(guilds: [Guild.id])))
        stage.take(11, .guildUnavailable, "{}")
        let state = String(
            decoding: stage.machine.views[.only]?.states[Guild.id]?.encoded() ?? [],
            as: UTF8.self
        )
        // The same state again: nobody has to start over.
        stage.take(12, .guildSynced, state)
        for viewer in [all, named] { #expect(stage.got(viewer) == ["snapshot 10"]) }
        stage.take(13, .guildRemoved, "{}")
        #expect(stage.got(all) == ["reset 13"])
        #expect(stage.text(named) == "retry")
        #expect(stage.got(stage.come(behind: "5-12")) == ["reset 13"])
        stage.take(14, .messageCreated, #"{"messageId":"1","channelId":"20"}"#)
        #expect(stage.got(all) == [])
        stage.take(15, .guildSynced, state)
        stage.take(16, .messageCreated, #"{"messageId":"2","channelId":"20"}"#)
        #expect(stage.got(all) == ["reset 15", "message.created 16"])
    }

    @Test(arguments: StreamFormat.allCases)
    func `only wanted channels and kinds are shown, and the stream moves on past the others`(
        format: StreamFormat
    ) {
        var stage = Stage(format: format)
        let filter = StreamFilter(
            kinds: Set([KindPattern("message.*")].compactMap { $0 }),
            channels: [Snowflake(20)]
        )
        let viewer = stage.come(.everyone, filter)
        stage.take(11, .messageCreated, #"{"messageId":"1","channelId":"20"}"#)
        stage.take(12, .messageCreated, #"{"messageId":"2","channelId":"21"}"#)
        stage.take(13, .presenceUpdated, "{\(Guild.user)}")
        #expect(stage.got(viewer) == ["snapshot 10", "message.created 11"])
        let again = stage.come(.everyone, filter, behind: "5-13")
        stage.take(14, .messageCreated, #"{"messageId":"3","channelId":"20"}"#)
        #expect(stage.got(again) == ["message.created 14"])
    }
}
