import Base
import EventModels
import Testing
import Web

/// What users are shown, and where they start over. Users: 7 has role 50, which sees channels 30 and 31; 8 has no role;
/// 9 is no member.
@Suite struct SightTests {
    private static let (seven, eight, nine) = (Snowflake(7), Snowflake(8), Snowflake(9))

    private static func stage(_ format: StreamFormat, ringBytesMax: Int = 1 << 20) -> Stage {
        var state = Guild.state()
        state.ownerID = Snowflake(1000)
        for id in [50, 51] as [UInt64] { state.roles[Snowflake(id)] = role(id) }
        for channel in [30, 31] {
            state.overwrites[Snowflake(UInt64(channel))]?.append(
                Overwrite(
                    id: Snowflake(50),
                    isMember: false,
                    allow: Permissions(rawValue: Guild.view),
                    deny: []
                )
            )
        }
        var stage = Stage(state, ringBytesMax: ringBytesMax, format: format)
        stage.members[seven] = MemberFacts(roles: [Snowflake(50)])
        stage.members[eight] = MemberFacts()
        return stage
    }

    private static func role(_ id: UInt64, _ permissions: Permissions = []) -> Role {
        Role(id: Snowflake(id), name: "r", permissions: permissions, position: 1, color: 0)
    }

    private static func user(_ id: UInt64, _ more: String = "") -> String {
        #"{"userId":"\#(id)","username":"u","displayName":"U","avatar":"","bot":false\#(more)}"#
    }

    private static func overwrites(
        _ channel: UInt64,
        _ list: [(id: UInt64, type: Int, allow: UInt64, deny: UInt64)]
    )
        -> String
    {
        let all = list.map {
            #"{"id":"\#($0.id)","type":\#($0.type),"allow":"\#($0.allow)","deny":"\#($0.deny)"}"#
        }
        return #"{"channelId":"\#(channel)","overwrites":[\#(all.joined(separator: ","))]}"#
    }

    private static func message(_ number: UInt64, in channel: UInt64) -> StreamEvent {
        Guild.event(number, .messageCreated, #"{"messageId":"\#(number)","channelId":"\#(channel)"}"#)
    }

    @Test(arguments: StreamFormat.allCases)
    func `each is shown what they may see, from the snapshot on; who is no member, nothing`(
        format: StreamFormat
    ) {
        var stage = Self.stage(format)
        let viewers = [Self.seven, Self.eight, Self.nine].map { stage.come(.user($0)) }
        let snapshots = viewers.map { stage.text($0) }
        #expect(snapshots[0].contains("c30") && snapshots[0].contains("c20"))
        #expect(!snapshots[1].contains("c30") && snapshots[1].contains("c20"))
        #expect(snapshots[2].contains(#""guilds":[]"#))
        stage.take([
            Self.message(11, in: 30), Self.message(12, in: 20),
            Guild.event(13, .presenceUpdated, Self.user(8)),
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
        var stage = Self.stage(format)
        stage.isAlone = true
        let viewer = stage.come(.user(Self.seven))
        #expect(stage.sentAway == [viewer] && stage.text(viewer) == "")
        stage.isAlone = false
        #expect(stage.got(stage.come(.user(Self.seven))) == ["snapshot 10"])
    }

    @Test(arguments: StreamFormat.allCases)
    func `equal sights are one group, whoever has them and by whichever role`(format: StreamFormat) {
        var stage = Self.stage(format)
        stage.members[Snowflake(70)] = MemberFacts(roles: [Snowflake(50), Snowflake(51)])
        for id in [7, 70, 8, 80] as [UInt64] {
            if stage.members[Snowflake(id)] == nil { stage.members[Snowflake(id)] = MemberFacts() }
            _ = stage.come(.user(Snowflake(id)))
        }
        #expect(stage.groups.feeds.count == 2)
    }

    /// What each event changes, for user 7 who sees all of it, user 8, and what of a message behind it each gets.
    private struct Change {
        let what: String
        let event: StreamEvent
        let seven: [String]
        let eight: [String]
    }

    private static var changes: [Change] {
        let (granted, revoked) = (
            user(8, #","roleId":"50","roleName":"r""#), user(7, #","roleId":"50","roleName":"r""#)
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
                event: Guild.event(11, .roleGranted, user(8, #","roleId":"51","roleName":"r""#)),
                seven: ["role.granted 11", "message.created 12"],
                eight: ["role.granted 11"]
            ),
            Change(
                what: "kicked",
                event: Guild.event(11, .memberLeft, user(7)),
                seven: ["reset 11"],
                eight: ["member.left 11"]
            ),
            Change(
                what: "shown to everyone",
                event: Guild.event(11, .channelPermissions, overwrites(30, [])),
                seven: ["message.created 12"],
                eight: ["reset 11", "message.created 12"]
            ),
            Change(
                what: "a member's overwrite outranks the role's",
                event: Guild.event(
                    11,
                    .channelPermissions,
                    overwrites(30, [(1, 0, 0, Guild.view), (50, 0, Guild.view, 0), (7, 1, 0, Guild.view)])
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

    @Test(arguments: [
        (4, EventKind.memberBanned), (32, .automodExecuted), (128, .auditLogged),
    ])
    func `a right alone makes a sight of its own, with a reset`(permission: Int, kind: EventKind) {
        var stage = Self.stage(.serverSent)
        stage.members[Snowflake(70)] = MemberFacts(roles: [Snowflake(52)])
        let (eight, other) = (stage.come(.user(Self.eight)), stage.come(.user(Snowflake(70))))
        #expect(stage.groups.feeds.count == 1)
        let role = #"{"roleId":"52","name":"m","permissions":"\#(permission)","position":1,"color":0}"#
        stage.take(11, .roleCreated, role)
        stage.take(12, kind, Self.user(9))
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
        var stage = Self.stage(format)
        stage.members[Snowflake(70)] = MemberFacts(roles: [Snowflake(52)])
        let viewers = [.user(Self.seven), .user(Self.eight), .user(Snowflake(70)), .everyone].map {
            stage.come($0)
        }
        let role = #"{"roleId":"52","name":"m","permissions":"20","position":1,"color":0}"#
        let invitation = #"{"channelId":"20","channelName":"c20","code":"x"}"#
        func occur(_ number: UInt64) {
            stage.take(number, .memberBanned, Self.user(9))
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
        let out = Self.user(8, #","timeoutUntil":"1970-01-01T00:00:05+00:00","was":null"#)
        stage.take([Guild.event(19, .memberTimeout, out, ts: 1000)])
        occur(20)
        #expect(stage.got(viewers[1]) == ["reset 19"])
        #expect(stage.got(viewers[0]) == ["member.banned 20", "invite.created 21"])
        #expect(
            stage.got(stage.come(.user(Self.seven), behind: "5-18")) == [
                "member.banned 20", "invite.created 21",
            ]
        )
        #expect(stage.got(stage.come(.user(Self.seven), behind: "5-15")) == ["reset 21"])
        #expect(stage.got(stage.come(.everyone, behind: "5-10")) == [])
    }

    @Test(arguments: StreamFormat.allCases)
    func `who sees something else starts over behind the event that made it, and nobody else does`(
        format: StreamFormat
    ) {
        for change in Self.changes {
            var stage = Self.stage(format)
            let viewers = [stage.come(.user(Self.seven)), stage.come(.user(Self.eight))]
            for viewer in viewers { _ = stage.got(viewer) }
            stage.take([change.event])
            stage.take([Self.message(12, in: 30)])
            #expect(stage.got(viewers[0]) == change.seven, "\(change.what), seven")
            #expect(stage.got(viewers[1]) == change.eight, "\(change.what), eight")
        }
    }

    @Test(arguments: StreamFormat.allCases)
    func `who comes back across a change of their own sight starts over, all others get what they missed`(
        format: StreamFormat
    ) {
        for change in Self.changes {
            var stage = Self.stage(format)
            stage.take([change.event, Self.message(12, in: 30), Self.message(13, in: 20)])
            // As the gateway knows them now.
            if change.event.kind == .memberLeft { stage.members[Self.seven] = nil }
            if change.event.kind == .roleRevoked { stage.members[Self.seven]?.roles = [] }
            if change.event.kind == .roleGranted, change.what == "a role is granted" {
                stage.members[Self.eight]?.roles = [Snowflake(50)]
            }
            for (user, wanted) in [(Self.seven, change.seven), (Self.eight, change.eight)] {
                let viewer = stage.come(.user(user), behind: "5-10")
                let expected =
                    wanted.contains { $0.hasPrefix("reset") } ? ["reset 13"] : wanted + ["message.created 13"]
                #expect(stage.got(viewer) == expected, "\(change.what), \(user)")
                // Behind the change nothing is in the way.
                let late = stage.come(.user(user), behind: "5-12")
                let isGone = user == Self.seven && change.event.kind == .memberLeft
                #expect(
                    stage.got(late) == (isGone ? [] : ["message.created 13"]),
                    "\(change.what), \(user), late"
                )
            }
        }
    }

    @Test(arguments: StreamFormat.allCases)
    func `one who reads slowly gets all that was for them before their sight changed`(format: StreamFormat) {
        var stage = Self.stage(format)
        let viewer = stage.come(.user(Self.seven))
        _ = stage.got(viewer)
        stage.audience.blocked = [viewer]
        stage.take([Self.message(11, in: 30)])
        stage.take(12, .roleRevoked, Self.user(7, #","roleId":"50","roleName":"r""#))
        stage.take([Self.message(13, in: 30), Self.message(14, in: 20)])
        stage.audience.blocked = []
        stage.groups.table.writable(viewer)
        stage.settle()
        #expect(
            stage.got(viewer)
                == ["message.created 11", "role.revoked 12", "reset 12", "message.created 14"]
        )
        stage.take([Self.message(15, in: 20)])
        #expect(stage.got(viewer) == ["message.created 15"])
    }

    @Test(arguments: StreamFormat.allCases)
    func `a channel that only some may see splits a group without a reset, and its end joins it`(
        format: StreamFormat
    ) {
        var stage = Self.stage(format)
        stage.members[Self.seven]?.roles = [Snowflake(51)]
        let (seven, eight) = (stage.come(.user(Self.seven)), stage.come(.user(Self.eight)))
        let made = #"{"channelId":"40","name":"new","type":0,"parentId":null,"position":1,"topic":null}"#
        #expect(stage.groups.feeds.count == 1)
        stage.take([
            Guild.event(
                11,
                .channelPermissions,
                Self.overwrites(40, [(1, 0, 0, Guild.view), (51, 0, Guild.view, 0)])
            ),
            Guild.event(12, .channelCreated, made),
            Self.message(13, in: 40), Self.message(14, in: 20),
        ])
        #expect(stage.groups.feeds.count == 2)
        stage.take([Guild.event(15, .channelDeleted, made), Self.message(16, in: 20)])
        #expect(stage.groups.feeds.count == 1)
        let common = ["message.created 14", "message.created 16"]
        #expect(
            stage.got(seven) == [
                "snapshot 10", "channel.created 12", "message.created 13", common[0], "channel.deleted 15",
                common[1],
            ]
        )
        #expect(stage.got(eight) == ["snapshot 10"] + common)
        let back = stage.come(.user(Self.seven), behind: "5-12")
        #expect(stage.got(back) == ["message.created 13", common[0], "channel.deleted 15", common[1]])
        #expect(stage.got(stage.come(.user(Self.eight), behind: "5-12")) == common)
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
        stage.members[Self.eight] = MemberFacts()
        let viewer = stage.come(.user(Self.eight))
        stage.take([Self.message(11, in: 20), Guild.event(12, .presenceUpdated, Self.user(8))])
        #expect(stage.got(viewer) == ["snapshot 10", "message.created 11", "presence.updated 12"])
        #expect(stage.got(stage.come(.user(Self.eight), behind: "5-10")) == ["presence.updated 12"])
        let fresh = stage.come(.user(Self.eight))
        #expect(!stage.text(fresh).contains("messageId"))
    }

    @Test(arguments: StreamFormat.allCases)
    func `what is written in a voice channel needs CONNECT, and a time-out takes it until it ends`(
        format: StreamFormat
    ) {
        var stage = Self.stage(format)
        let viewer = stage.come(.user(Self.eight))
        _ = stage.got(viewer)
        stage.take([Self.message(11, in: 21)])
        let out = Self.user(8, #","timeoutUntil":"1970-01-01T00:00:05+00:00","was":null"#)
        stage.take([Guild.event(12, .memberTimeout, out, ts: 1000)])
        #expect(stage.got(viewer) == ["message.created 11", "reset 12"])
        stage.take(13, .messageCreated, #"{"messageId":"13","channelId":"21"}"#, ts: 4999)
        #expect(stage.got(viewer) == [])
        // Over with the first event from then on.
        stage.take(14, .presenceUpdated, Self.user(7), ts: 5000)
        stage.take(15, .messageCreated, #"{"messageId":"15","channelId":"21"}"#, ts: 5001)
        #expect(stage.got(viewer) == ["presence.updated 14", "reset 14", "message.created 15"])
        #expect(stage.got(stage.come(.user(Self.eight), behind: "5-13")) == ["reset 15"])
        #expect(stage.got(stage.come(.user(Self.eight), behind: "5-14")) == ["message.created 15"])
    }

    @Test(arguments: StreamFormat.allCases)
    func `a private thread is for its members and for who manages threads`(format: StreamFormat) {
        var stage = Self.stage(format)
        let (seven, eight) = (stage.come(.user(Self.seven)), stage.come(.user(Self.eight)))
        let thread = #"{"channelId":"60","name":"t","type":12,"parentId":"20","position":0,"topic":null}"#
        stage.take([
            Guild.event(11, .threadMembers, #"{"threadId":"60","added":["7"],"removed":[]}"#),
            Guild.event(12, .channelCreated, thread), Self.message(13, in: 60),
            Guild.event(14, .threadMembers, #"{"threadId":"60","added":["8"],"removed":["7"]}"#),
            Self.message(15, in: 60),
        ])
        #expect(stage.got(seven) == ["snapshot 10", "channel.created 12", "message.created 13", "reset 15"])
        #expect(stage.got(eight) == ["snapshot 10", "reset 15"])
        stage.take([Self.message(16, in: 60)])
        #expect(stage.got(seven) == [])
        #expect(stage.got(eight) == ["message.created 16"])
    }

    @Test(arguments: StreamFormat.allCases)
    func `a stream of everything starts over when its viewer joins a guild or leaves it`(format: StreamFormat)
    {
        var stage = Self.stage(format)
        let viewer = stage.come(.user(Self.nine))
        stage.take([Guild.event(11, .memberJoined, Self.user(9, #","pending":false,"members":3"#))])
        stage.take([Self.message(12, in: 20), Self.message(13, in: 30)])
        #expect(stage.got(viewer) == ["snapshot 10", "reset 11", "message.created 12"])
        stage.take([Guild.event(14, .memberLeft, Self.user(9)), Self.message(15, in: 20)])
        #expect(stage.got(viewer) == ["reset 15"])
        #expect(stage.text(stage.come(.user(Self.nine), behind: "5-13")).contains(#""guilds":[]"#))
    }

    @Test(arguments: StreamFormat.allCases)
    func `a session's end ends its streams and no others`(format: StreamFormat) {
        var stage = Self.stage(format)
        let (one, other) = (
            stage.come(.user(Self.eight), session: "a"), stage.come(.user(Self.eight), session: "b")
        )
        #expect(stage.groups.end(sessions: ["a"], expiredAt: 0).isEmpty)
        stage.settle()
        #expect(stage.groups.table.key(of: one) == nil && stage.groups.table.key(of: other) != nil)
    }

    @Test(arguments: StreamFormat.allCases)
    func `a revoked session ends a stream that waits for this replica to catch up with it`(
        format: StreamFormat
    ) {
        var stage = Self.stage(format)
        let ended = stage.come(.user(Self.eight), behind: "5-12", session: "a")
        let kept = stage.come(.user(Self.eight), behind: "5-12", session: "b")
        #expect(stage.groups.ahead.count == 2)
        #expect(stage.groups.end(sessions: ["a"], expiredAt: 0).map(\.handle) == [ended])
        #expect(stage.groups.ahead.count == 1)
        for number: UInt64 in 11...13 { stage.take([Self.message(number, in: 20)]) }
        #expect(stage.got(ended) == [])
        #expect(stage.got(kept) == ["message.created 13"])
    }

    @Test(arguments: StreamFormat.allCases)
    func `who streams no more is forgotten, and known again when they come back`(format: StreamFormat) {
        var stage = Self.stage(format)
        let viewer = stage.come(.user(Self.seven))
        _ = stage.come(.user(Self.eight))
        #expect(stage.machine.book.followersCount == 2)
        stage.leave(viewer)
        let inUse = stage.groups.inUse
        stage.machine.forget(allBut: inUse.followers, openedUpTo: inUse.upTo)
        #expect(stage.machine.book.followersCount == 1 && stage.machine.book.sightsCount == 1)
        stage.members[Self.seven]?.roles = []
        let again = stage.come(.user(Self.seven))
        #expect(!stage.text(again).contains("c30"))
    }

    @Test(arguments: [EventKind.logGap, .eventQuarantined], StreamFormat.allCases)
    func `where events are missing nobody is known any more, and who comes back starts over`(
        kind: EventKind,
        format: StreamFormat
    ) {
        var stage = Self.stage(format)
        let viewer = stage.come(.user(Self.seven))
        _ = stage.got(viewer)
        // What says that the role was taken is what was lost.
        stage.take(11, kind, "{}")
        #expect(stage.text(viewer) == "retry" && stage.groups.feeds.isEmpty)
        stage.members[Self.seven]?.roles = []
        stage.take([Self.message(12, in: 30)])
        let back = stage.come(.user(Self.seven), behind: "5-10")
        #expect(stage.got(back) == ["reset 12"])
        stage.take([Self.message(13, in: 30), Self.message(14, in: 20)])
        #expect(stage.got(back) == ["message.created 14"])
    }

    @Test(arguments: StreamFormat.allCases)
    func `who may have had a role that was deleted before anybody asked starts over`(format: StreamFormat) {
        for wasKnown in [true, false] {
            var stage = Self.stage(format)
            stage.members[Self.eight]?.roles = [Snowflake(51)]
            if wasKnown { for user in [Self.seven, Self.eight] { _ = stage.come(.user(user)) } }
            stage.take(11, .roleDeleted, #"{"roleId":"50","name":"r"}"#)
            stage.take(12, .roleDeleted, #"{"roleId":"51","name":"r"}"#)
            stage.take([Self.message(13, in: 20)])
            for user in [Self.seven, Self.eight] where !wasKnown { stage.members[user]?.roles = [] }
            #expect(stage.got(stage.come(.user(Self.seven), behind: "5-10")) == ["reset 13"])
            let eight = stage.got(stage.come(.user(Self.eight), behind: "5-10"))
            // Of one who was known it is certain that they did not have it.
            #expect(eight == (wasKnown ? ["message.created 13"] : ["reset 13"]))
        }
    }

    @Test(arguments: StreamFormat.allCases)
    func `who had a role that was deleted before anybody asked is known where the log says who was given it`(
        format: StreamFormat
    ) {
        var stage = Self.stage(format)
        for user in [Self.seven, Self.eight] { stage.members[user]?.roles = [] }
        stage.take(11, .roleCreated, #"{"roleId":"60","name":"r","permissions":"8","position":9,"color":0}"#)
        stage.take(12, .roleGranted, "{\(Guild.user),\"roleId\":\"60\"}")
        stage.take([Self.message(13, in: 20)])
        stage.take(14, .roleDeleted, #"{"roleId":"60","name":"r"}"#)
        stage.take([Self.message(15, in: 20)])
        #expect(stage.got(stage.come(.user(Self.seven), behind: "5-13")) == ["reset 15"])
        #expect(stage.got(stage.come(.user(Self.eight), behind: "5-13")) == ["message.created 15"])
    }

    @Test(arguments: StreamFormat.allCases)
    func `a new session has everybody asked for again, and only who has become other starts over`(
        format: StreamFormat
    ) {
        var stage = Self.stage(format)
        let (seven, eight) = (stage.come(.user(Self.seven)), stage.come(.user(Self.eight)))
        let state = String(
            decoding: stage.machine.views[.only]?.states[Guild.id]?.encoded() ?? [],
            as: UTF8.self
        )
        // The gateway had lost its state, and nothing in the log says that the role was taken.
        stage.members[Self.seven]?.roles = []
        stage.take(11, .guildSynced, state)
        #expect(stage.got(seven) == ["snapshot 10", "reset 11"])
        #expect(stage.got(eight) == ["snapshot 10"])
        stage.take([Self.message(12, in: 30), Self.message(13, in: 20)])
        #expect(stage.got(seven) == ["message.created 13"])
        #expect(stage.got(stage.come(.user(Self.seven), behind: "5-10")) == ["reset 13"])
        #expect(stage.got(stage.come(.user(Self.eight), behind: "5-10")) == ["message.created 13"])
    }
}
