import Base
import EventModels
import Testing
import Web

/// Where users start over since they see something else, on the stream and when they come back. Users: `SightStage`.
@Suite struct SightChangeTests {
    /// What each event changes, for user 7 who sees all of it, user 8, and what of a message behind it each gets.
    private struct Change {
        let what: String
        let event: StreamEvent
        let seven: [String]
        let eight: [String]
    }

    private static var changes: [Change] {
        let (granted, revoked) = (
            SightStage.user(8, #","roleId":"50","roleName":"r""#),
            SightStage.user(7, #","roleId":"50","roleName":"r""#)
        )
        return [
            Change(
                what: "a role is granted",
                event: Guild.event(11, .roleGranted, granted),
                seven: ["role.granted 11", "message.created 12"],
                eight: ["role.granted 11", "reset 11", "message.created 12"]
            ),
            Change(
                what: "a role is revoked",
                event: Guild.event(11, .roleRevoked, revoked),
                seven: ["role.revoked 11", "reset 11"],
                eight: ["role.revoked 11"]
            ),
            Change(
                what: "a role that is granted changes nothing",
                event: Guild.event(11, .roleGranted, SightStage.user(8, #","roleId":"51","roleName":"r""#)),
                seven: ["role.granted 11", "message.created 12"],
                eight: ["role.granted 11"]
            ),
            Change(
                what: "kicked",
                event: Guild.event(11, .memberLeft, SightStage.user(7)),
                seven: ["reset 11"],
                eight: ["member.left 11"]
            ),
            Change(
                what: "shown to everyone",
                event: Guild.event(11, .channelPermissions, SightStage.overwrites(30, [])),
                seven: ["message.created 12"],
                eight: ["reset 11", "message.created 12"]
            ),
            Change(
                what: "a member's overwrite outranks the role's",
                event: Guild.event(
                    11,
                    .channelPermissions,
                    SightStage.overwrites(
                        30,
                        [(1, 0, 0, Guild.view), (50, 0, Guild.view, 0), (7, 1, 0, Guild.view)]
                    )
                ),
                seven: ["reset 11"],
                eight: []
            ),
            Change(
                what: "the role's permissions come to nothing new",
                event: Guild.event(
                    11,
                    .roleUpdated,
                    #"{"roleId":"50","name":"r","permissions":"2048","position":1,"color":0}"#
                ),
                seven: ["message.created 12"],
                eight: []
            ),
            Change(
                what: "an administrator's role, which they do not have",
                event: Guild.event(
                    11,
                    .roleUpdated,
                    #"{"roleId":"51","name":"r","permissions":"8","position":1,"color":0}"#
                ),
                seven: ["message.created 12"],
                eight: []
            ),
            Change(
                what: "becomes the owner",
                event: Guild.event(11, .guildUpdated, #"{"name":"Guild","icon":null,"ownerId":"8"}"#),
                seven: ["message.created 12"],
                eight: ["reset 11", "message.created 12"]
            ),
        ]
    }

    @Test(arguments: StreamFormat.allCases)
    func `who sees something else starts over behind the event that made it, and nobody else does`(
        format: StreamFormat
    ) {
        for change in Self.changes {
            var stage = SightStage.make(format)
            let viewers = [stage.come(.user(SightStage.seven)), stage.come(.user(SightStage.eight))]
            for viewer in viewers { _ = stage.got(viewer) }
            stage.take([change.event])
            stage.take([SightStage.message(12, in: 30)])
            #expect(stage.got(viewers[0]) == change.seven, "\(change.what), seven")
            #expect(stage.got(viewers[1]) == change.eight, "\(change.what), eight")
        }
    }

    @Test(arguments: StreamFormat.allCases)
    func `who comes back across a change of their own sight starts over, all others get what they missed`(
        format: StreamFormat
    ) {
        for change in Self.changes {
            var stage = SightStage.make(format)
            stage.take([change.event, SightStage.message(12, in: 30), SightStage.message(13, in: 20)])
            // As the gateway knows them now.
            if change.event.kind == .memberLeft { stage.members[SightStage.seven] = nil }
            if change.event.kind == .roleRevoked { stage.members[SightStage.seven]?.roles = [] }
            if change.event.kind == .roleGranted, change.what == "a role is granted" {
                stage.members[SightStage.eight]?.roles = [Snowflake(50)]
            }
            for (user, wanted) in [(SightStage.seven, change.seven), (SightStage.eight, change.eight)] {
                let viewer = stage.come(.user(user), behind: "5-10")
                let expected =
                    wanted.contains { $0.hasPrefix("reset") } ? ["reset 13"] : wanted + ["message.created 13"]
                #expect(stage.got(viewer) == expected, "\(change.what), \(user)")
                // Behind the change nothing is in the way.
                let late = stage.come(.user(user), behind: "5-12")
                let isGone = user == SightStage.seven && change.event.kind == .memberLeft
                #expect(
                    stage.got(late) == (isGone ? [] : ["message.created 13"]),
                    "\(change.what), \(user), late"
                )
            }
        }
    }

    @Test(arguments: StreamFormat.allCases)
    func `one who reads slowly gets all that was for them before their sight changed`(format: StreamFormat) {
        var stage = SightStage.make(format)
        let viewer = stage.come(.user(SightStage.seven))
        _ = stage.got(viewer)
        stage.audience.blocked = [viewer]
        stage.take([SightStage.message(11, in: 30)])
        stage.take(12, .roleRevoked, SightStage.user(7, #","roleId":"50","roleName":"r""#))
        stage.take([SightStage.message(13, in: 30), SightStage.message(14, in: 20)])
        stage.audience.blocked = []
        stage.groups.table.writable(viewer)
        stage.settle()
        #expect(
            stage.got(viewer)
                == ["message.created 11", "role.revoked 12", "reset 12", "message.created 14"]
        )
        stage.take([SightStage.message(15, in: 20)])
        #expect(stage.got(viewer) == ["message.created 15"])
    }

    @Test(arguments: StreamFormat.allCases)
    func `a channel that only some may see splits a group without a reset, and its end joins it`(
        format: StreamFormat
    ) {
        var stage = SightStage.make(format)
        stage.members[SightStage.seven]?.roles = [Snowflake(51)]
        let (seven, eight) = (stage.come(.user(SightStage.seven)), stage.come(.user(SightStage.eight)))
        let made = #"{"channelId":"40","name":"new","type":0,"parentId":null,"position":1,"topic":null}"#
        #expect(stage.groups.feeds.count == 1)
        stage.take([
            Guild.event(
                11,
                .channelPermissions,
                SightStage.overwrites(40, [(1, 0, 0, Guild.view), (51, 0, Guild.view, 0)])
            ),
            Guild.event(12, .channelCreated, made),
            SightStage.message(13, in: 40), SightStage.message(14, in: 20),
        ])
        #expect(stage.groups.feeds.count == 2)
        stage.take([Guild.event(15, .channelDeleted, made), SightStage.message(16, in: 20)])
        #expect(stage.groups.feeds.count == 1)
        let common = ["message.created 14", "message.created 16"]
        #expect(
            stage.got(seven) == [
                "snapshot 10", "channel.created 12", "message.created 13", common[0], "channel.deleted 15",
                common[1],
            ]
        )
        #expect(stage.got(eight) == ["snapshot 10"] + common)
        let back = stage.come(.user(SightStage.seven), behind: "5-12")
        #expect(stage.got(back) == ["message.created 13", common[0], "channel.deleted 15", common[1]])
        #expect(stage.got(stage.come(.user(SightStage.eight), behind: "5-12")) == common)
    }

    @Test(arguments: StreamFormat.allCases)
    func `a private thread is for its members and for who manages threads`(format: StreamFormat) {
        var stage = SightStage.make(format)
        let (seven, eight) = (stage.come(.user(SightStage.seven)), stage.come(.user(SightStage.eight)))
        let thread = #"{"channelId":"60","name":"t","type":12,"parentId":"20","position":0,"topic":null}"#
        stage.take([
            Guild.event(11, .threadMembers, #"{"threadId":"60","added":["7"],"removed":[]}"#),
            Guild.event(12, .channelCreated, thread), SightStage.message(13, in: 60),
            Guild.event(14, .threadMembers, #"{"threadId":"60","added":["8"],"removed":["7"]}"#),
            SightStage.message(15, in: 60),
        ])
        #expect(stage.got(seven) == ["snapshot 10", "channel.created 12", "message.created 13", "reset 15"])
        #expect(stage.got(eight) == ["snapshot 10", "reset 15"])
        stage.take([SightStage.message(16, in: 60)])
        #expect(stage.got(seven) == [])
        #expect(stage.got(eight) == ["message.created 16"])
    }

    @Test(arguments: StreamFormat.allCases)
    func `a stream of everything starts over when its viewer joins a guild or leaves it`(format: StreamFormat)
    {
        var stage = SightStage.make(format)
        let viewer = stage.come(.user(SightStage.nine))
        stage.take([Guild.event(11, .memberJoined, SightStage.user(9, #","pending":false,"members":3"#))])
        stage.take([SightStage.message(12, in: 20), SightStage.message(13, in: 30)])
        #expect(stage.got(viewer) == ["snapshot 10", "reset 11", "message.created 12"])
        stage.take([Guild.event(14, .memberLeft, SightStage.user(9)), SightStage.message(15, in: 20)])
        #expect(stage.got(viewer) == ["reset 15"])
        #expect(stage.text(stage.come(.user(SightStage.nine), behind: "5-13")).contains(#""guilds":[]"#))
    }
}
