import Base
import EventModels
import Testing
import Web

/// What users are shown, by their roles, their rights and the channels. Users: `SightStage`.
@Suite struct SightTests {
    @Test(arguments: StreamFormat.allCases)
    func `each is shown what they may see, from the snapshot on; who is no member, nothing`(
        format: StreamFormat
    ) {
        var stage = SightStage.make(format)
        let viewers = [SightStage.seven, SightStage.eight, SightStage.nine].map { stage.come(.user($0)) }
        let snapshots = viewers.map { stage.text($0) }
        #expect(snapshots[0].contains("c30") && snapshots[0].contains("c20"))
        #expect(!snapshots[1].contains("c30") && snapshots[1].contains("c20"))
        #expect(snapshots[2].contains(#""guilds":[]"#))
        stage.take([
            SightStage.message(11, in: 30), SightStage.message(12, in: 20),
            Guild.event(13, .presenceUpdated, SightStage.user(8)),
        ])
        #expect(
            stage.got(viewers[0])
                == ["snapshot 10", "message.created 11", "message.created 12", "presence.updated 13"]
        )
        #expect(stage.got(viewers[1]) == ["snapshot 10", "message.created 12", "presence.updated 13"])
        #expect(stage.got(viewers[2]) == ["snapshot 10"])
    }

    @Test(arguments: StreamFormat.allCases)
    func `nobody is let in while nobody says who they are`(format: StreamFormat) {
        var stage = SightStage.make(format)
        stage.isAlone = true
        let viewer = stage.come(.user(SightStage.seven))
        #expect(stage.sentAway == [viewer] && stage.text(viewer) == "")
        stage.isAlone = false
        #expect(stage.got(stage.come(.user(SightStage.seven))) == ["snapshot 10"])
    }

    @Test(arguments: StreamFormat.allCases)
    func `equal sights are one group, whoever has them and by whichever role`(format: StreamFormat) {
        var stage = SightStage.make(format)
        stage.members[Snowflake(70)] = MemberFacts(roles: [Snowflake(50), Snowflake(51)])
        for id in [7, 70, 8, 80] as [UInt64] {
            if stage.members[Snowflake(id)] == nil { stage.members[Snowflake(id)] = MemberFacts() }
            _ = stage.come(.user(Snowflake(id)))
        }
        #expect(stage.groups.feeds.count == 2)
    }

    @Test(arguments: [
        (4, EventKind.memberBanned), (32, .automodExecuted), (128, .auditLogged),
    ])
    func `a right alone makes a sight of its own, with a reset`(permission: Int, kind: EventKind) {
        var stage = SightStage.make(.serverSent)
        stage.members[Snowflake(70)] = MemberFacts(roles: [Snowflake(52)])
        let (eight, other) = (stage.come(.user(SightStage.eight)), stage.come(.user(Snowflake(70))))
        #expect(stage.groups.feeds.count == 1)
        let role = #"{"roleId":"52","name":"m","permissions":"\#(permission)","position":1,"color":0}"#
        stage.take(11, .roleCreated, role)
        stage.take(12, kind, SightStage.user(9))
        #expect(stage.got(eight) == ["snapshot 10"])
        #expect(stage.got(other) == ["snapshot 10", "reset 11", "\(kind.rawValue) 12"])
        #expect(stage.got(stage.come(.user(Snowflake(70)), behind: "5-11")) == ["\(kind.rawValue) 12"])
        #expect(stage.got(stage.come(.user(Snowflake(70)), behind: "5-10")) == ["reset 12"])
    }

    /// Users 7, 8 and 70, a moderator by role 52, and everyone: what each gets of a ban and of an invitation to channel 20.
    @Test(arguments: StreamFormat.allCases)
    func `bans and invitations are shown to who may see them, from when they may, and never to everyone`(
        format: StreamFormat
    ) {
        var stage = SightStage.make(format)
        stage.members[Snowflake(70)] = MemberFacts(roles: [Snowflake(52)])
        let viewers = [.user(SightStage.seven), .user(SightStage.eight), .user(Snowflake(70)), .everyone].map
        {
            stage.come($0)
        }
        let role = #"{"roleId":"52","name":"m","permissions":"20","position":1,"color":0}"#
        let invitation = #"{"channelId":"20","channelName":"c20","code":"x"}"#
        func occur(_ number: UInt64) {
            stage.take(number, .memberBanned, SightStage.user(9))
            stage.take(number + 1, .inviteCreated, invitation)
        }
        for viewer in viewers { _ = stage.got(viewer) }
        occur(11)
        stage.take(13, .roleCreated, role)
        occur(14)
        // Every member may: still not who is none.
        stage.take(
            16,
            .roleUpdated,
            #"{"roleId":"1","name":"@everyone","permissions":"1115156","position":0,"color":0}"#
        )
        occur(17)
        let both = ["member.banned 17", "invite.created 18"]
        #expect(stage.got(viewers[0]) == ["reset 16"] + both)
        #expect(stage.got(viewers[1]) == ["reset 16"] + both)
        #expect(stage.got(viewers[2]) == ["reset 13", "member.banned 14", "invite.created 15"] + both)
        #expect(stage.got(viewers[3]) == [])
        // A time-out takes it.
        let out = SightStage.user(8, #","timeoutUntil":"1970-01-01T00:00:05+00:00","was":null"#)
        stage.take([Guild.event(19, .memberTimeout, out, ts: 1000)])
        occur(20)
        #expect(stage.got(viewers[1]) == ["reset 19"])
        #expect(stage.got(viewers[0]) == ["member.banned 20", "invite.created 21"])
        #expect(
            stage.got(stage.come(.user(SightStage.seven), behind: "5-18")) == [
                "member.banned 20", "invite.created 21",
            ]
        )
        #expect(stage.got(stage.come(.user(SightStage.seven), behind: "5-15")) == ["reset 21"])
        #expect(stage.got(stage.come(.everyone, behind: "5-10")) == [])
    }

    @Test(arguments: StreamFormat.allCases)
    func `what was written where history may not be read is not replayed, nor in a snapshot`(
        format: StreamFormat
    ) {
        var state = Guild.state()
        state.overwrites[Snowflake(20)] = [
            Overwrite(
                id: Guild.id,
                isMember: false,
                allow: [],
                deny: Permissions(rawValue: Guild.history)
            )
        ]
        var stage = Stage(state, format: format)
        stage.members[SightStage.eight] = MemberFacts()
        let viewer = stage.come(.user(SightStage.eight))
        stage.take([SightStage.message(11, in: 20), Guild.event(12, .presenceUpdated, SightStage.user(8))])
        #expect(stage.got(viewer) == ["snapshot 10", "message.created 11", "presence.updated 12"])
        #expect(stage.got(stage.come(.user(SightStage.eight), behind: "5-10")) == ["presence.updated 12"])
        let fresh = stage.come(.user(SightStage.eight))
        #expect(!stage.text(fresh).contains("messageId"))
    }

    @Test(arguments: StreamFormat.allCases)
    func `what is written in a voice channel needs CONNECT, and a time-out takes it until it ends`(
        format: StreamFormat
    ) {
        var stage = SightStage.make(format)
        let viewer = stage.come(.user(SightStage.eight))
        _ = stage.got(viewer)
        stage.take([SightStage.message(11, in: 21)])
        let out = SightStage.user(8, #","timeoutUntil":"1970-01-01T00:00:05+00:00","was":null"#)
        stage.take([Guild.event(12, .memberTimeout, out, ts: 1000)])
        #expect(stage.got(viewer) == ["message.created 11", "reset 12"])
        stage.take(13, .messageCreated, #"{"messageId":"13","channelId":"21"}"#, ts: 4999)
        #expect(stage.got(viewer) == [])
        // Over with the first event from then on.
        stage.take(14, .presenceUpdated, SightStage.user(7), ts: 5000)
        stage.take(15, .messageCreated, #"{"messageId":"15","channelId":"21"}"#, ts: 5001)
        #expect(stage.got(viewer) == ["presence.updated 14", "reset 14", "message.created 15"])
        #expect(stage.got(stage.come(.user(SightStage.eight), behind: "5-13")) == ["reset 15"])
        #expect(stage.got(stage.come(.user(SightStage.eight), behind: "5-14")) == ["message.created 15"])
    }
}
