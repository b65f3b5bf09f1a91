import Base
import EventBus
import EventModels
import TestSupport
import Testing
import Web

/// What the gateway says of a caller, and what the log says meanwhile: both count as of one place.
@Suite struct GuildLookTests {
    /// A gateway whose answer comes behind what the test does meanwhile.
    private struct Slow: MemberSource {
        let answer: MemberAnswer
        let meanwhile: @Sendable () async -> Void

        func isLinked(to shard: ShardName) async -> Bool { true }

        func member(_ user: Snowflake, of guild: Snowflake, in shard: ShardName) async -> MemberAnswer? {
            await meanwhile()
            return answer
        }
    }

    private static func facts(_ roles: [Snowflake] = []) -> MemberFacts { MemberFacts(roles: Set(roles)) }

    @Test func `what the log says while the gateway answers counts`() async throws {
        let table: [(kind: EventKind, payload: String, status: Int?, canManage: Bool)] = [
            (.memberLeft, #"{"userId":"4","members":4,"online":3}"#, 404, false),
            (.roleRevoked, #"{"userId":"4","roleId":"50","roleName":"keeper"}"#, nil, false),
            (.roleRevoked, #"{"userId":"3","roleId":"50","roleName":"keeper"}"#, nil, true),
            (.memberTimeout, #"{"userId":"4","timeoutUntil":"2100-01-01T00:00:00Z","was":null}"#, nil, false),
            (.roleDeleted, #"{"roleId":"50","name":"keeper"}"#, nil, false),
            (.guildRemoved, "{}", 503, false),
        ]
        for (kind, payload, status, canManage) in table {
            let replica = try await Town.replica(Town.told())
            let answer = MemberAnswer(facts: Self.facts([Town.manager]), at: EventID(epoch: 5, number: 1))
            let slow = Slow(answer: answer) {
                do {
                    try await replica.publish([Guild.event(2, kind, payload)])
                    try await eventually("the event") {
                        await replica.hub.position(of: .only) == EventID(epoch: 5, number: 2)
                    }
                } catch { Issue.record(error) }
            }
            let desk = GuildDesk(hub: replica.hub, members: slow, access: .login)
            do throws(Problem) {
                let look = try await desk.look(at: Guild.id, for: Town.session(of: 4), now: 2)
                #expect(status == nil && look.canManage == canManage, "\(kind)")
                #expect(look.place.position == EventID(epoch: 5, number: 2), "\(kind)")
            } catch { #expect(error.status == status, "\(kind)") }
        }
    }

    /// The role was given behind the place where its channel was closed to it: both together show nothing that was ever shown.
    @Test func `an answer ahead of the log waits for it`() async throws {
        let told = Town.told()
        let replica = try await Town.replica(told)
        told.change {
            $0.at = EventID(epoch: 5, number: 3)
            $0.members[Snowflake(6)] = Self.facts([Town.manager])
        }
        async let look = replica.api.desk.look(at: Guild.id, for: Town.session(of: 6), now: 2)
        try await eventually("the question") { told.asked == 1 }
        let hide = #"{"channelId":"20","overwrites":[{"id":"50","type":0,"allow":"0","deny":"1024"}]}"#
        try await replica.publish([Guild.event(2, .channelPermissions, hide)])
        try await replica.publish([
            Guild.event(3, .roleGranted, #"{"userId":"6","roleId":"50","roleName":"k"}"#)
        ])
        let found = try await look
        #expect(found.place.position >= EventID(epoch: 5, number: 3))
        #expect(!found.sight.has(.view, in: Snowflake(20)) && found.canManage)
    }

    @Test func `who waits is let go in order of the log, or when their time is over`() async {
        let shard = ShardName.only
        let waiters = Locked(PositionWaiters())
        let wait: @Sendable (UInt64) async -> Bool = { number in
            await withCheckedContinuation { turn in
                let added = waiters.withLock { $0.add(shard, EventID(epoch: 5, number: number), turn) }
                if added == nil { turn.resume(returning: false) }
            }
        }
        async let first = wait(2)
        async let second = wait(3)
        while waiters.withLock({ $0.count }) < 2 { await Task.yield() }
        waiters.withLock { $0.release(shard, upTo: EventID(epoch: 5, number: 1)) }
        #expect(waiters.withLock { $0.count } == 2)
        waiters.withLock { $0.release(shard, upTo: EventID(epoch: 5, number: 2)) }
        #expect(waiters.withLock { $0.count } == 1)
        waiters.withLock { waiters in
            for number in 1...2 { waiters.giveUp(number) }
        }
        #expect(waiters.withLock { $0.count } == 0)
        let (isFirst, isSecond) = await (first, second)
        #expect(isFirst && !isSecond)
    }

    @Test func `what became of a member is told as far as it is held, and never guessed`() {
        var history = SightHistory(floor: EventID(epoch: 5, number: 1))
        let state = Town.state()
        let at = { (number: UInt64) in EventID(epoch: 5, number: number) }
        for (number, kind, user) in [
            (2, EventKind.roleGranted, 6), (3, .roleGranted, 7), (4, .roleRevoked, 6),
        ] {
            let payload = #"{"userId":"\#(user)","roleId":"50","roleName":"k"}"#
            let event = Guild.event(UInt64(number), kind, payload)
            let effect = SightEffect(event, before: state, after: state)
            history.append(event, effect, before: state, after: state)
        }
        let user = Snowflake(6)
        #expect(history.changes(of: user, since: at(1)) == [.granted(Town.manager), .revoked(Town.manager)])
        #expect(history.changes(of: user, since: at(2)) == [.revoked(Town.manager)])
        #expect(history.changes(of: user, since: at(4)) == [])
        #expect(history.changes(of: user, since: at(0)) == nil, "not held")
        history.appendSurprise(user, at: at(5), ts: 1)
        #expect(
            history.changes(of: user, since: at(1)) == nil && history.changes(of: user, since: at(5)) == []
        )
        #expect(history.changes(of: Snowflake(7), since: at(2)) == [.granted(Town.manager)])
    }
}
