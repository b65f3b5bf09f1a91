internal import Base
internal import JSON

/// Channels, their overwrites and invites.
enum ChannelEndpoints {
    static let all: [Endpoint] = [
        Endpoint("GET", "/channels/{channel}") { core, call throws(RESTReply) in
            RESTReply(shown(try core.place(call)))
        },
        Endpoint("PATCH", "/channels/{channel}", perform: change).limited(to: 5, in: 15),
        Endpoint("DELETE", "/channels/{channel}", perform: delete),
        Endpoint("POST", "/channels/{channel}/typing") { core, call throws(RESTReply) in
            let place = try core.place(call)
            var fields = JSONFields()
            fields.set("channel_id", place.id)
            fields.set("user_id", core.world.botID)
            try core.perform("TYPING_START", fields, call.now)
            return .noContent
        }.limited(to: 5, in: 5),
        Endpoint("PUT", "/channels/{channel}/voice-status", perform: setVoiceStatus),
        Endpoint("PUT", "/channels/{channel}/permissions/{overwrite}", perform: overwrite).sharing(
            "overwrites"
        ),
        Endpoint("DELETE", "/channels/{channel}/permissions/{overwrite}", perform: removeOverwrite)
            .sharing("overwrites"),
        Endpoint("GET", "/channels/{channel}/invites") { core, call throws(RESTReply) in
            let place = try core.place(call)
            try core.require(.manageChannels, place, call.now)
            return RESTReply(core.invites.list { $0.channel == place.id })
        },
        Endpoint("POST", "/channels/{channel}/invites", perform: invite),
    ]

    static func shown(_ place: Place) -> [UInt8] {
        var fields = place.guild.threadWithMember(place.id) ?? place.fields
        if !place.isDirect { fields.set("guild_id", place.guild.id) }
        return fields.encoded()
    }

    private static func change(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply {
        let place = try core.place(call)
        guard !place.isDirect else { throw RESTReply.wrongChannelType }
        try core.require(place.isThread ? .manageThreads : .manageChannels, place, call.now)
        let given = try call.body()
        if let name = given["name"] {
            let length = (try? JSONDocument(parsing: name).root.string?.count) ?? 0
            guard 1...100 ~= length else { throw RESTReply.badLength("name", 1...100) }
        }
        guard (given.string("topic")?.count ?? 0) <= 1024 else { throw RESTReply.tooLong("topic", 1024) }
        guard 0...21_600 ~= given.int("rate_limit_per_user") ?? 0 else {
            throw RESTReply.outOfRange("rate_limit_per_user", 0...21_600)
        }
        try core.tell(place.isThread ? "THREAD_UPDATE" : "CHANNEL_UPDATE", in: place.guild.id, call.now) {
            fields in
            for name in given.names
            where !["archived", "locked", "auto_archive_duration", "invitable"].contains(name) {
                fields[name] = given[name]
            }
            if place.isThread {
                var metadata = JSONFields()
                for name in ["archived", "locked", "auto_archive_duration", "invitable"] {
                    metadata[name] = given[name]
                }
                if !metadata.isEmpty { fields["thread_metadata"] = metadata.encoded() }
            }
            fields.set("id", place.id)
        }
        try core.audit(place.guild.id, 11, target: place.id, call)
        guard let after = try? core.place(place.id, call.now) else { return RESTReply(shown(place)) }
        return RESTReply(shown(after))
    }

    private static func delete(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply {
        let place = try core.place(call)
        guard !place.isDirect else { return RESTReply(place.fields.encoded()) }
        try core.require(place.isThread ? .manageThreads : .manageChannels, place, call.now)
        try core.tell(place.isThread ? "THREAD_DELETE" : "CHANNEL_DELETE", in: place.guild.id, call.now) {
            $0.set("id", place.id)
        }
        try core.audit(place.guild.id, 12, target: place.id, call)
        return RESTReply(shown(place))
    }

    private static func setVoiceStatus(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply)
        -> RESTReply
    {
        let place = try core.place(call)
        guard place.type == 2 else { throw RESTReply.wrongChannelType }
        var needed: Permissions = .setVoiceStatus
        if place.guild.channel(of: core.world.botID) != place.id { needed.insert(.manageChannels) }
        try core.require(needed, place, call.now)
        let status = try call.body().string("status")
        guard (status?.count ?? 0) <= 500 else { throw RESTReply.tooLong("status", 500) }
        try core.tell("VOICE_CHANNEL_STATUS_UPDATE", in: place.guild.id, call.now) { fields in
            fields.set("id", place.id)
            fields.set("status", status)
        }
        return .noContent
    }

    // MARK: Overwrites

    private static func overwrite(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply
    {
        let place = try core.place(call)
        try core.require(.manageRoles, place, call.now)
        guard let id = call.id("overwrite") else { throw RESTReply.unknownOverwrite }
        let given = try call.body()
        guard let type = given.int("type"), 0...1 ~= type else { throw RESTReply.notOneOf("type", "0, 1") }
        let text = { (name: String) in given.string(name) ?? given.int(name).map(String.init) }
        let changed = Overwrite(
            id,
            isMember: type == 1,
            Permissions(text: text("allow")),
            Permissions(text: text("deny"))
        )
        try set(
            (place.guild.access[place.id]?.overwrites ?? []).filter { $0.id != id } + [changed],
            &core,
            place,
            call
        )
        return .noContent
    }

    private static func removeOverwrite(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply)
        -> RESTReply
    {
        let place = try core.place(call)
        try core.require(.manageRoles, place, call.now)
        let held = place.guild.access[place.id]?.overwrites ?? []
        guard let id = call.id("overwrite"), held.contains(where: { $0.id == id }) else {
            throw RESTReply.unknownOverwrite
        }
        try set(held.filter { $0.id != id }, &core, place, call)
        return .noContent
    }

    private static func set(
        _ overwrites: [Overwrite],
        _ core: inout GatewayCore,
        _ place: Place,
        _ call: RESTCall
    ) throws(RESTReply) {
        try core.tell("CHANNEL_UPDATE", in: place.guild.id, call.now) { fields in
            fields.set("id", place.id)
            fields["permission_overwrites"] = JSONText.array(overwrites.map(\.json))
        }
    }

    // MARK: Invites

    private static func invite(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply {
        let place = try core.place(call)
        try core.require(.createInvite, place, call.now)
        let given = try call.body()
        let (age, uses) = (given.int("max_age") ?? 86_400, given.int("max_uses") ?? 0)
        guard 0...604_800 ~= age else { throw RESTReply.outOfRange("max_age", 0...604_800) }
        guard 0...100 ~= uses else { throw RESTReply.outOfRange("max_uses", 0...100) }
        let code = core.invites.newCode()
        let ends = age > 0 ? call.now.unixMilliseconds + Int64(age) * 1000 : nil
        var fields = JSONFields()
        fields.set("code", code)
        fields["inviter"] = core.world.bot.encoded()
        fields.set("created_at", Timestamp.text(unixMilliseconds: call.now.unixMilliseconds))
        fields.set("expires_at", ends.map { Timestamp.text(unixMilliseconds: $0) })
        fields.set("max_age", age)
        fields.set("max_uses", uses)
        fields.set("uses", 0)
        fields.set("temporary", given.bool("temporary") ?? false)
        try core.tell("INVITE_CREATE", in: place.guild.id, call.now) { told in
            told.set("channel_id", place.id)
            told.merge(fields)
        }
        fields.set("type", 0)
        fields["guild"] = JSONText.object { writer in
            writer.member("id", place.guild.id)
            writer.member("name", place.guild.name)
        }
        fields["channel"] = JSONText.object { writer in
            writer.member("id", place.id)
            writer.member("name", place.fields.string("name"))
            writer.member("type", place.type)
        }
        core.invites.add(
            InviteTable.Invite(code: code, guild: place.guild.id, channel: place.id, fields: fields)
        )
        return RESTReply(fields.encoded())
    }
}
