import Base
import EventModels
import Testing
import Web

@Suite struct SightHistoryTests {
    private static let guild = Snowflake(100)
    private static let channel = Snowflake(200)

    private static func state() -> GuildState {
        var state = GuildState(id: guild, name: "guild", ownerID: Snowflake(8))
        state.roles[guild] = Role(
            id: guild,
            name: "@everyone",
            permissions: [.viewChannel, .readMessageHistory],
            position: 0,
            color: 0
        )
        state.channels[channel] = Channel(
            id: channel,
            name: "open",
            type: 0,
            parentID: nil,
            position: 0,
            topic: nil
        )
        return state
    }

    private static func event(_ number: UInt64, _ kind: EventKind, _ payload: String) -> StreamEvent {
        StreamEvent(
            id: EventID(epoch: 1, number: number),
            kind: kind,
            guild: guild,
            ts: 1000,
            payload: Array(payload.utf8)
        )
    }

    private static let said = """
        {"messageId":"300","channelId":"200","channelName":"open","userId":"9","username":"ann","displayName":"Ann",\
        "avatar":"","bot":false,"content":"hi","attachments":0,"webhook":false,"type":0,"replyTo":null}
        """

    /// What becomes of somebody's sight over the events, who was there before them.
    private func past(_ events: [StreamEvent]) -> SightHistory.Past {
        var (state, history) = (Self.state(), SightHistory(floor: EventID(epoch: 1, number: 0)))
        for event in events {
            let before = state
            state.apply(event)
            history.append(
                event,
                SightEffect(event, before: before, after: state),
                before: before,
                after: state
            )
        }
        let sight = Sight(of: state, for: .everyone, at: 1000)
        return history.past(
            of: .everyone,
            nil,
            sight,
            in: state,
            at: 1000,
            since: EventID(epoch: 1, number: 0),
            cursorTime: 1000
        )
    }

    @Test func `another owner changes nothing for others, whatever was said since`() {
        let owner = Self.event(1, .guildUpdated, #"{"name":"guild","icon":null,"ownerId":"9"}"#)
        #expect(past([owner, Self.event(2, .messageCreated, Self.said)]) != .changed)
    }

    @Test func `who missed another name starts over, since no event tells it`() {
        #expect(
            past([Self.event(1, .guildUpdated, #"{"name":"new","icon":null,"ownerId":"8"}"#)]) == .changed
        )
    }
}
