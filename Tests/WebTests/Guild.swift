import Base
import EventModels

/// A guild with a text channel 20 that all see, a voice channel 21 that all see, and 30 and 31 that only some do.
enum Guild {
    static let id = Snowflake(1)
    static let view: UInt64 = 1 << 10
    static let history: UInt64 = 1 << 16
    static let connect: UInt64 = 1 << 20

    static func state() -> GuildState {
        var state = GuildState(id: id, name: "Guild")
        let permissions = Permissions(rawValue: view | history | connect)
        state.roles[id] = Role(id: id, name: "@everyone", permissions: permissions, position: 0, color: 0)
        for (channel, type) in [(20, 0), (21, 2), (30, 0), (31, 2)] {
            let id = Snowflake(UInt64(channel))
            state.channels[id] = Channel(
                id: id,
                name: "c\(channel)",
                type: type,
                parentID: nil,
                position: channel,
                topic: nil
            )
        }
        for channel in [30, 31] {
            state.overwrites[Snowflake(UInt64(channel))] = [
                Overwrite(id: id, isMember: false, allow: [], deny: Permissions(rawValue: view))
            ]
        }
        return state
    }

    static func event(_ number: UInt64, _ kind: EventKind, _ payload: String, ts: Int64 = 1) -> StreamEvent {
        StreamEvent(
            id: EventID(epoch: 5, number: number),
            kind: kind,
            guild: id,
            ts: ts,
            payload: Array(payload.utf8)
        )
    }

    static let user = #""userId":"7","username":"u","displayName":"U","avatar":"","bot":false"#
}
