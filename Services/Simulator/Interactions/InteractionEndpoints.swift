internal import Base
internal import JSON

/// How the application answers. No token of the bot is needed: the interaction's own is in the path.
enum InteractionEndpoints {
    static let all: [Endpoint] = [
        Endpoint("POST", "/interactions/{interaction}/{token}/callback", needsToken: false) {
            core,
            call throws(RESTReply) in
            try core.acknowledge(call)
        }.unlimited().exempt()
    ]
}

extension GatewayCore {
    /// The first answer. Discord, "Interaction Callback Type".
    mutating func acknowledge(_ call: RESTCall) throws(RESTReply) -> RESTReply {
        guard var held = desk.find(call.text("token")), held.id == call.id("interaction"),
            !held.isLate(call.now.monotonic), !held.isOver(call.now.monotonic)
        else { throw RESTReply.unknownInteraction }
        guard held.answeredAt == nil else { throw RESTReply.alreadyAcknowledged }
        let (given, files) = try call.form()
        guard let type = given.int("type") else { throw RESTReply.required("type") }
        try check(type, held)
        let data = JSONFields(given.value("data")) ?? JSONFields()
        switch type {
        case 4:
            let entry = try respond(MessageForm((data, files)), &held, isOriginal: true, call.now)
            held.original = entry.id
        case 5:
            let flags = 128 | (data.int("flags") ?? 0) & 64
            held.original = try respond(MessageForm(loading: flags), &held, isOriginal: true, call.now).id
        case 6: held.original = held.source
        case 7:
            let target = try component(of: held, call.now)
            let form = try MessageForm((data, files), editing: true)
            held.original = try edit(target, by: form, call.now).id
        default:
            try check(data, type)
            var kept = data
            if let components = data.value("components")?.array {
                kept["components"] = ComponentNumbers.filled(Array(components))
            }
            held.data = kept.encoded()
        }
        held.answeredAt = call.now.monotonic
        held.callback = type
        desk.update(held)
        guard call.flag("with_response") else { return .noContent }
        return RESTReply(response(held, type, call.now))
    }

    private func check(_ type: Int, _ held: InteractionDesk.Interaction) throws(RESTReply) {
        let fits =
            switch type {
            case 4, 5: held.kind != .autocomplete
            case 6, 7: held.source != nil && (held.kind == .component || held.kind == .modal)
            case 8: held.kind == .autocomplete
            case 9: held.kind == .command || held.kind == .component
            default: false
            }
        guard fits else {
            throw RESTReply.invalidForm(
                "type",
                "INTERACTION_APPLICATION_COMMAND_INVALID_CALLBACK_TYPE",
                "The callback type \(type) does not answer an interaction of type \(held.kind.rawValue)"
            )
        }
    }

    /// Choices and modals.
    private func check(_ data: JSONFields, _ type: Int) throws(RESTReply) {
        if type == 8 {
            guard let choices = data.value("choices")?.array else { throw RESTReply.required("data.choices") }
            guard choices.count <= 25 else { throw RESTReply.tooLong("data.choices", 25) }
            return
        }
        guard 1...100 ~= data.string("custom_id")?.count ?? 0 else {
            throw RESTReply.badLength("data.custom_id", 1...100)
        }
        guard 1...45 ~= data.string("title")?.count ?? 0 else {
            throw RESTReply.badLength("data.title", 1...45)
        }
        guard 1...5 ~= data.value("components")?.array?.count ?? 0 else {
            throw RESTReply.badLength("data.components", 1...5)
        }
    }

    private func response(_ held: InteractionDesk.Interaction, _ type: Int, _ now: Instant) -> [UInt8] {
        let entry =
            [4, 5, 7].contains(type) ? held.original.flatMap { message($0, of: held, now)?.entry } : nil
        let flags = entry?.fields.int("flags") ?? 0
        return JSONText.object { writer in
            let interaction = JSONText.object { writer in
                writer.member("id", held.id)
                writer.member("type", held.kind.rawValue)
                if let id = held.original, type != 6 { writer.member("response_message_id", id) }
                writer.member("response_message_loading", flags & 128 != 0)
                writer.member("response_message_ephemeral", flags & 64 != 0)
            }
            writer.member("interaction", raw: interaction)
            let resource = JSONText.object { writer in
                writer.member("type", type)
                if let entry { writer.member("message", raw: restMessage(entry)) }
            }
            writer.member("resource", raw: resource)
        }
    }

    // MARK: Later answers

    /// An interaction that was answered and whose token still holds.
    private func answered(_ call: RESTCall) throws(RESTReply) -> InteractionDesk.Interaction {
        guard let held = desk.find(call.text("token")) else { throw RESTReply.unknownWebhook }
        guard !held.isOver(call.now.monotonic) else {
            throw RESTReply.error(401, 50027, "Invalid Webhook Token")
        }
        guard held.answeredAt != nil else { throw RESTReply.unknownWebhook }
        return held
    }

    mutating func followUp(_ call: RESTCall) throws(RESTReply) -> RESTReply {
        var held = try answered(call)
        guard held.messages.count < 100 else {
            throw RESTReply.error(400, 40094, "Too many follow-up messages")
        }
        let entry = try respond(MessageForm(call.form()), &held, isOriginal: false, call.now)
        desk.update(held)
        return RESTReply(restMessage(entry))
    }

    /// `@original` or a message's id.
    func target(_ call: RESTCall) throws(RESTReply) -> InteractionTarget {
        let held = try answered(call)
        let id = call.text("message") == "@original" ? held.original : call.id("message")
        guard let id, id == held.original || held.messages.contains(id),
            let target = message(id, of: held, call.now)
        else { throw RESTReply.unknownMessage }
        return target
    }

    private func message(_ id: Snowflake, of held: InteractionDesk.Interaction, _ now: Instant)
        -> InteractionTarget?
    {
        guard let place = try? place(held.channel, now),
            let entry = desk.ephemeral.find(id) ?? place.guild.messages.find(id)
        else { return nil }
        return InteractionTarget(interaction: held, place: place, entry: entry)
    }

    private func component(of held: InteractionDesk.Interaction, _ now: Instant) throws(RESTReply)
        -> InteractionTarget
    {
        guard let id = held.source, let target = message(id, of: held, now) else {
            throw RESTReply.unknownMessage
        }
        return target
    }

    private mutating func respond(
        _ form: MessageForm,
        _ held: inout InteractionDesk.Interaction,
        isOriginal: Bool,
        _ now: Instant
    ) throws(RESTReply) -> MessageLog.Entry {
        let place = try place(held.channel, now)
        var speaker = Speaker(account: world.bot, mentions: ["users"])
        speaker.more.set("application_id", world.applicationID)
        speaker.more.set("webhook_id", world.applicationID)
        let user = place.guild.members[held.user]?.userJSON ?? Guild.plainUser(held.user).encoded()
        if isOriginal, held.kind == .command { speaker.more.set("type", 20) }
        let (id, kind, name) = (held.id, held.kind.rawValue, held.name)
        speaker.more["interaction_metadata"] = metadata(of: held, place, isOriginal: isOriginal)
        if held.kind == .command {
            speaker.more["interaction"] = JSONText.object { writer in
                writer.member("id", id)
                writer.member("type", kind)
                writer.member("name", name)
                writer.member("user", raw: user)
            }
        }
        let isHidden = (form.fields.int("flags") ?? 0) & 64 != 0
        let entry =
            try isHidden ? whisper(form, place, speaker, now) : send(form, to: place, by: speaker, now)
        held.messages.append(entry.id)
        return entry
    }

    /// Discord, "Message Interaction Metadata Structure".
    private func metadata(
        of held: InteractionDesk.Interaction,
        _ place: Place,
        isOriginal: Bool
    ) -> [UInt8] {
        let user = place.guild.members[held.user]?.userJSON ?? Guild.plainUser(held.user).encoded()
        return JSONText.object { writer in
            writer.member("id", held.id)
            writer.member("type", held.kind.rawValue)
            writer.member("user", raw: user)
            writer.member(
                "authorizing_integration_owners",
                raw: JSONText.object { $0.member("0", place.guild.id) }
            )
            if !isOriginal, let original = held.original {
                writer.member("original_response_message_id", original)
            }
            if held.kind == .component, let source = held.source {
                writer.member("interacted_message_id", source)
            }
            if held.kind == .modal, let opener = desk.opener(of: held.name, for: held.user, before: held.id) {
                let inner = metadata(of: opener, place, isOriginal: true)
                writer.member("triggering_interaction_metadata", raw: inner)
            }
        }
    }

    /// An ephemeral message: no channel holds it, and it is told without guild and member.
    private mutating func whisper(
        _ form: MessageForm,
        _ place: Place,
        _ speaker: Speaker,
        _ now: Instant
    ) throws(RESTReply) -> MessageLog.Entry {
        var hall = Guild(id: Snowflake(0), fields: JSONFields(), bot: world.bot, botID: world.botID)
        var message = form.fields.without(
            "allowed_mentions",
            "sticker_ids",
            "attachments",
            "message_reference"
        )
        message.set("channel_id", place.id)
        message["author"] = speaker.account.encoded()
        message.merge(speaker.more)
        let id = world.newID(now)
        let dispatch: Dispatch
        do { dispatch = try hall.createMessage(message, fresh: id, now: now) } catch {
            throw RESTReply.emptyMessage
        }
        guard let entry = hall.messages.find(id) else { throw RESTReply.unknownMessage }
        desk.ephemeral.append(entry)
        broadcast(Dispatch(dispatch.name, guild: nil, d: entry.fields.without("member").encoded()), now: now)
        return entry
    }

    mutating func edit(_ target: InteractionTarget, by form: MessageForm, _ now: Instant) throws(RESTReply)
        -> MessageLog.Entry
    {
        guard target.isEphemeral else { return try edit(target.entry, in: target.place, by: form, now) }
        var fields = target.entry.fields
        for name in ["content", "embeds", "components"] where form.fields[name] != nil {
            fields[name] = form.fields[name]
        }
        fields.set("flags", (fields.int("flags") ?? 0) & ~128)
        fields.set("edited_timestamp", Timestamp.text(unixMilliseconds: now.unixMilliseconds))
        desk.ephemeral.update(target.entry.id, fields)
        broadcast(Dispatch("MESSAGE_UPDATE", guild: nil, d: fields.without("member").encoded()), now: now)
        return desk.ephemeral.find(target.entry.id) ?? target.entry
    }

    mutating func remove(_ target: InteractionTarget, _ now: Instant) throws(RESTReply) {
        if target.isEphemeral { return desk.ephemeral.remove(target.entry.id) }
        var fields = JSONFields()
        fields.set("id", target.entry.id)
        fields.set("channel_id", target.entry.channel)
        try perform("MESSAGE_DELETE", fields, now)
    }
}
