import Base
import EventModels

extension Community {
    /// What the product holds of this guild and Discord does not say; nil: they agree. `told`: as the log tells it.
    func difference(from state: GuildState?, told: TrueGuild?, at now: Int64) -> String? {
        guard let state else { return "guild \(id) is not known" }
        if state.isUnavailable { return "guild \(id) is held as unavailable" }
        if state.name != name { return "guild \(id) is named \(state.name), not \(name)" }
        let channels = rooms.map { "\($0.key) \($0.value.name)" }.sorted()
        let heldChannels = state.channels.values.map { "\($0.id) \($0.name)" }.sorted()
        if channels != heldChannels { return "guild \(id) has \(channels), held are \(heldChannels)" }
        let named = roles.map { "\($0.key) \($0.value.name)" }.sorted()
        let heldRoles = state.roles.values.map { "\($0.id) \($0.name)" }.sorted()
        if named != heldRoles { return "guild \(id) has the roles \(named), held are \(heldRoles)" }
        if let fault = sightDifference(from: told, at: now) { return fault }
        let voice = people.compactMap { person in person.value.room.map { "\(person.key) in \($0)" } }
            .sorted()
        let heldVoice = state.voice.values.map { "\($0.user.id) in \($0.channelID)" }.sorted()
        if voice != heldVoice { return "in voice are \(voice), held are \(heldVoice)" }
        if state.members != people.count { return "\(people.count) members, held are \(state.members)" }
        let online = people.values.count { $0.isOnline }
        return state.online == online ? nil : "\(online) are online, held are \(state.online)"
    }

    /// What the log tells that somebody is shown, and Discord would show otherwise. Who is in a private thread the log need
    /// not know.
    private func sightDifference(from told: TrueGuild?, at now: Int64) -> String? {
        guard var told else { return "guild \(id) is in no log" }
        let lookers = [.everyone] + cast.map { Looker.user($0) }
        told.look(lookers, at: now)
        var known = self
        for (id, room) in rooms where room.rules.type == 12 {
            let members = told.rules.rooms[id]?.members ?? []
            if !members.isSubset(of: room.rules.members) {
                return "in thread \(id) are \(room.rules.members), by the log \(members)"
            }
            known.rooms[id]?.rules.members = members
        }
        for looker in lookers {
            let (own, held) = (known.sight(of: looker, at: now), told.sights[looker])
            if own != held {
                return
                    "\(looker) is shown \(own) of guild \(id), by the log \(held.map { "\($0)" } ?? "nothing")"
            }
        }
        return nil
    }
}
