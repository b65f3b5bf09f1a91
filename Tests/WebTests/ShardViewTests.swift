import Base
import EventModels
import Testing
import Web

@Suite struct ShardViewTests {
    private static func view() -> ShardView {
        var view = ShardView(shard: .only)
        view.load(Guild.state(), at: EventID(epoch: 5, number: 10))
        view.begin(after: EventID(epoch: 5, number: 10))
        return view
    }

    @Test func `a snapshot counts once the log has reached its id, and nothing before it is folded twice`() {
        var view = ShardView(shard: .only)
        var state = Guild.state()
        state.members = 100
        view.load(state, at: EventID(epoch: 5, number: 12))
        view.begin(after: EventID(epoch: 5, number: 10))
        #expect(view.readyGuilds.isEmpty)
        _ = view.take(Guild.event(11, .memberJoined, "{\(Guild.user),\"members\":1}"))
        #expect(view.readyGuilds.isEmpty)
        _ = view.take(Guild.event(12, .presenceUpdated, "{\(Guild.user),\"online\":2}"))
        #expect(view.readyGuilds == [Guild.id])
        #expect(view.states[Guild.id]?.members == 100)
        _ = view.take(Guild.event(13, .memberJoined, "{\(Guild.user),\"members\":101}"))
        #expect(view.states[Guild.id]?.members == 101)
    }
}
