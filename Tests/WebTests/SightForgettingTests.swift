import Base
import EventModels
import Testing
import Web

/// What ends a stream, what is forgotten of users, and how they are known again. Users: `SightStage`.
@Suite struct SightForgettingTests {
    @Test(arguments: StreamFormat.allCases)
    func `a session's end ends its streams and no others`(format: StreamFormat) {
        var stage = SightStage.make(format)
        let (one, other) = (
            stage.come(.user(SightStage.eight), session: "a"),
            stage.come(.user(SightStage.eight), session: "b")
        )
        #expect(stage.groups.end(sessions: ["a"], expiredAt: 0).isEmpty)
        stage.settle()
        #expect(stage.groups.table.key(of: one) == nil && stage.groups.table.key(of: other) != nil)
    }

    @Test(arguments: StreamFormat.allCases)
    func `a revoked session ends a stream that waits for this replica to catch up with it`(
        format: StreamFormat
    ) {
        var stage = SightStage.make(format)
        let ended = stage.come(.user(SightStage.eight), behind: "5-12", session: "a")
        let kept = stage.come(.user(SightStage.eight), behind: "5-12", session: "b")
        #expect(stage.groups.ahead.count == 2)
        #expect(stage.groups.end(sessions: ["a"], expiredAt: 0).map(\.handle) == [ended])
        #expect(stage.groups.ahead.count == 1)
        for number: UInt64 in 11...13 { stage.take([SightStage.message(number, in: 20)]) }
        #expect(stage.got(ended) == [])
        #expect(stage.got(kept) == ["message.created 13"])
    }

    @Test(arguments: StreamFormat.allCases)
    func `who streams no more is forgotten, and known again when they come back`(format: StreamFormat) {
        var stage = SightStage.make(format)
        let viewer = stage.come(.user(SightStage.seven))
        _ = stage.come(.user(SightStage.eight))
        #expect(stage.machine.book.followersCount == 2)
        stage.leave(viewer)
        let inUse = stage.groups.inUse
        stage.machine.forget(allBut: inUse.followers, openedUpTo: inUse.upTo)
        #expect(stage.machine.book.followersCount == 1 && stage.machine.book.sightsCount == 1)
        stage.members[SightStage.seven]?.roles = []
        let again = stage.come(.user(SightStage.seven))
        #expect(!stage.text(again).contains("c30"))
    }

    @Test(arguments: [EventKind.logGap, .eventQuarantined], StreamFormat.allCases)
    func `where events are missing nobody is known any more, and who comes back starts over`(
        kind: EventKind,
        format: StreamFormat
    ) {
        var stage = SightStage.make(format)
        let viewer = stage.come(.user(SightStage.seven))
        _ = stage.got(viewer)
        // What says that the role was taken is what was lost.
        stage.take(11, kind, "{}")
        #expect(stage.text(viewer) == "retry" && stage.groups.feeds.isEmpty)
        stage.members[SightStage.seven]?.roles = []
        stage.take([SightStage.message(12, in: 30)])
        let back = stage.come(.user(SightStage.seven), behind: "5-10")
        #expect(stage.got(back) == ["reset 12"])
        stage.take([SightStage.message(13, in: 30), SightStage.message(14, in: 20)])
        #expect(stage.got(back) == ["message.created 14"])
    }

    @Test(arguments: StreamFormat.allCases)
    func `who may have had a role that was deleted before anybody asked starts over`(format: StreamFormat) {
        for wasKnown in [true, false] {
            var stage = SightStage.make(format)
            stage.members[SightStage.eight]?.roles = [Snowflake(51)]
            if wasKnown { for user in [SightStage.seven, SightStage.eight] { _ = stage.come(.user(user)) } }
            stage.take(11, .roleDeleted, #"{"roleId":"50","name":"r"}"#)
            stage.take(12, .roleDeleted, #"{"roleId":"51","name":"r"}"#)
            stage.take([SightStage.message(13, in: 20)])
            for user in [SightStage.seven, SightStage.eight] where !wasKnown {
                stage.members[user]?.roles = []
            }
            #expect(stage.got(stage.come(.user(SightStage.seven), behind: "5-10")) == ["reset 13"])
            let eight = stage.got(stage.come(.user(SightStage.eight), behind: "5-10"))
            // Of one who was known it is certain that they did not have it.
            #expect(eight == (wasKnown ? ["message.created 13"] : ["reset 13"]))
        }
    }

    @Test(arguments: StreamFormat.allCases)
    func `who had a role that was deleted before anybody asked is known where the log says who was given it`(
        format: StreamFormat
    ) {
        var stage = SightStage.make(format)
        for user in [SightStage.seven, SightStage.eight] { stage.members[user]?.roles = [] }
        stage.take(11, .roleCreated, #"{"roleId":"60","name":"r","permissions":"8","position":9,"color":0}"#)
        stage.take(12, .roleGranted, "{\(Guild.user),\"roleId\":\"60\"}")
        stage.take([SightStage.message(13, in: 20)])
        stage.take(14, .roleDeleted, #"{"roleId":"60","name":"r"}"#)
        stage.take([SightStage.message(15, in: 20)])
        #expect(stage.got(stage.come(.user(SightStage.seven), behind: "5-13")) == ["reset 15"])
        #expect(stage.got(stage.come(.user(SightStage.eight), behind: "5-13")) == ["message.created 15"])
    }

    @Test(arguments: StreamFormat.allCases)
    func `a new session has everybody asked for again, and only who has become other starts over`(
        format: StreamFormat
    ) {
        var stage = SightStage.make(format)
        let (seven, eight) = (stage.come(.user(SightStage.seven)), stage.come(.user(SightStage.eight)))
        let state = String(
            decoding: stage.machine.views[.only]?.states[Guild.id]?.encoded() ?? [],
            as: UTF8.self
        )
        // The gateway had lost its state, and nothing in the log says that the role was taken.
        stage.members[SightStage.seven]?.roles = []
        stage.take(11, .guildSynced, state)
        #expect(stage.got(seven) == ["snapshot 10", "reset 11"])
        #expect(stage.got(eight) == ["snapshot 10"])
        stage.take([SightStage.message(12, in: 30), SightStage.message(13, in: 20)])
        #expect(stage.got(seven) == ["message.created 13"])
        #expect(stage.got(stage.come(.user(SightStage.seven), behind: "5-10")) == ["reset 13"])
        #expect(stage.got(stage.come(.user(SightStage.eight), behind: "5-10")) == ["message.created 13"])
    }
}
