import Base
import EventModels

extension Community {
    /// What the product holds of this guild and Discord does not say; nil: they agree.
    func difference(from state: GuildState?) -> String? {
        guard let state else { return "guild \(id) is not known" }
        if state.isUnavailable { return "guild \(id) is held as unavailable" }
        if state.name != name { return "guild \(id) is named \(state.name), not \(name)" }
        let channels = rooms.map { "\($0.key) \($0.value.name)" }.sorted()
        let heldChannels = state.channels.values.map { "\($0.id) \($0.name)" }.sorted()
        if channels != heldChannels { return "guild \(id) has \(channels), held are \(heldChannels)" }
        for (room, value) in rooms.sorted(by: { $0.key < $1.key })
        where state.everyoneCanView(Snowflake(room)) == value.isHidden {
            return "channel \(room) is \(value.isHidden ? "hidden" : "open"), held otherwise"
        }
        let named = roles.map { "\($0.key) \($0.value)" }.sorted()
        let heldRoles = state.roles.values.map { "\($0.id) \($0.name)" }.sorted()
        if named != heldRoles { return "guild \(id) has the roles \(named), held are \(heldRoles)" }
        let voice = people.compactMap { person in person.value.room.map { "\(person.key) in \($0)" } }
            .sorted()
        let heldVoice = state.voice.values.map { "\($0.user.id) in \($0.channelID)" }.sorted()
        if voice != heldVoice { return "in voice are \(voice), held are \(heldVoice)" }
        if state.members != people.count { return "\(people.count) members, held are \(state.members)" }
        let online = people.values.count { $0.isOnline }
        return state.online == online ? nil : "\(online) are online, held are \(state.online)"
    }
}
