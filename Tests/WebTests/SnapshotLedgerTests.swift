import Base
import EventModels
import Testing
import Web

/// Which guilds are saved, and when.
@Suite struct SnapshotLedgerTests {
    private static let other = Snowflake(2)

    /// Two guilds as of event 10, both saved there with their anchors.
    private static func saved() -> (ledger: SnapshotLedger, view: ShardView) {
        var view = ShardView(shard: .only)
        let id = EventID(epoch: 5, number: 10)
        for guild in [Guild.state(), GuildState(id: other, name: "other")] { view.load(guild, at: id) }
        view.begin(after: id)
        var ledger = SnapshotLedger()
        ledger.busIs(BusLife(identity: "a", connections: 1))
        #expect(ledger.due(view, now: .zero) == [Guild.id, other])
        for guild in [Guild.id, other] {
            ledger.saved(guild, of: .only, at: id, taken: view.taken, now: .zero)
            ledger.savedAnchor(of: guild, .only, at: id)
        }
        #expect(ledger.due(view, now: .zero).isEmpty)
        return (ledger, view)
    }

    @Test func `only a guild that changed is saved again, once a minute`() {
        var (ledger, view) = Self.saved()
        let minute = SnapshotLedger.changedAgeMax
        _ = view.take(Guild.event(11, .reactionAdded, "{}"))
        #expect(ledger.due(view, now: minute).isEmpty)
        _ = view.take(Guild.event(12, .presenceUpdated, "{\(Guild.user),\"online\":2}"))
        #expect(ledger.due(view, now: minute - .seconds(1)).isEmpty)
        #expect(ledger.due(view, now: minute) == [Guild.id])
        ledger.saved(Guild.id, of: .only, at: view.position, taken: view.taken, now: minute)
        #expect(ledger.due(view, now: minute * 3).isEmpty)
    }

    @Test func `one that did not is saved again before the log's start comes to it, by bytes and by time`() {
        var (ledger, view) = Self.saved()
        #expect(ledger.due(view, now: SnapshotLedger.ageMax).isEmpty, "nothing came since then")
        _ = view.take(Guild.event(11, .reactionAdded, "{}"))
        #expect(ledger.due(view, now: SnapshotLedger.ageMax - .seconds(1)).isEmpty)
        #expect(ledger.due(view, now: SnapshotLedger.ageMax) == [Guild.id, Self.other])
        let padding = String(repeating: "x", count: SnapshotLedger.bytesMax / 4)
        for number: UInt64 in 12...14 {
            _ = view.take(Guild.event(number, .reactionAdded, "{\"x\":\"\(padding)\"}"))
        }
        #expect(!ledger.isDue(Self.other, view, now: .zero))
        _ = view.take(Guild.event(15, .reactionAdded, "{\"x\":\"\(padding)\"}"))
        #expect(ledger.isDue(Self.other, view, now: .zero) && ledger.isDue(Guild.id, view, now: .zero))
        for guild in [Guild.id, Self.other] {
            ledger.saved(guild, of: .only, at: view.position, taken: view.taken, now: .zero)
        }
        #expect(!ledger.isDue(Self.other, view, now: .zero))
    }

    @Test(arguments: [BusLife(identity: "a", connections: 2), BusLife(identity: "b", connections: 1)])
    func `what a bus may have forgotten is saved again`(life: BusLife) {
        var (ledger, view) = Self.saved()
        ledger.busIs(BusLife(identity: "a", connections: 1))
        #expect(ledger.due(view, now: .zero).isEmpty)
        ledger.busIs(life)
        #expect(ledger.due(view, now: .zero) == [Guild.id, Self.other])
        #expect(ledger.isAnchorDue(Self.other, view) && ledger.isDue(Self.other, view, now: .zero))
        view.release(Self.other)
        #expect(ledger.gone(from: view).isEmpty, "it is not known to be there")
    }

    @Test func `a guild that is gone is known by what was saved`() {
        var (ledger, view) = Self.saved()
        view.release(Self.other)
        #expect(ledger.gone(from: view) == [Self.other])
        ledger.removed(Self.other, of: .only)
        #expect(ledger.gone(from: view).isEmpty)
    }
}
