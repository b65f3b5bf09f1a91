internal import Base
internal import JSON

/// What somebody asks of the application, as `POST /control/interaction` says it.
package struct InteractionMaking {
    private let given: JSONFields
    private let core: GatewayCore
    private let now: Instant

    package struct Made {
        package let interaction: InteractionDesk.Interaction
        /// To be told yet.
        package let dispatch: Dispatch
    }

    init(_ given: JSONFields, _ core: GatewayCore, _ now: Instant) {
        (self.given, self.core, self.now) = (given, core, now)
    }

    func made(_ id: Snowflake, _ token: String) throws(WorldError) -> Made {
        let (kind, name) = try kindAndName()
        let source = given.snowflake("message")
        let place = try place(source)
        guard let user = given.snowflake("user"), let member = place.guild.members[user] else {
            throw WorldError("user must be a member of guild \(place.guild.id)")
        }
        let message = try source.map { id throws(WorldError) in
            guard let entry = place.guild.messages.find(id) ?? core.desk.ephemeral.find(id) else {
                throw WorldError("no message \(id)")
            }
            return entry
        }
        let data = try data(kind, name, id, place, message)
        let held = InteractionDesk.Interaction(
            id: id,
            token: token,
            kind: kind,
            name: name,
            guild: place.isDirect ? nil : place.guild.id,
            channel: place.id,
            user: user,
            at: now,
            source: source
        )
        let d = JSONText.object { writer in
            writer.member("id", id)
            writer.member("application_id", core.world.applicationID)
            writer.member("type", kind.rawValue)
            writer.member("token", token)
            writer.member("version", 1)
            writer.member("channel_id", place.id)
            writer.member("channel", raw: ChannelEndpoints.shown(place))
            writer.member("data", raw: data)
            writeWho(&writer, place, member)
            if let message { writer.member("message", raw: core.restMessage(message)) }
            writer.member("locale", "en-US")
            writer.member("entitlements", raw: JSONText.emptyArray)
            writer.member("attachment_size_limit", 10 << 20)
            let owner = place.isDirect ? Snowflake(0) : place.guild.id
            writer.member("authorizing_integration_owners", raw: JSONText.object { $0.member("0", owner) })
            writer.member("context", place.isDirect ? 1 : 0)
        }
        return Made(interaction: held, dispatch: Dispatch("INTERACTION_CREATE", guild: held.guild, d: d))
    }

    private func writeWho(_ writer: inout JSONWriter, _ place: Place, _ member: Member) {
        let own = core.world.botID
        let time = now.unixMilliseconds
        let app =
            place.isDirect || place.guild.trustsBot
            ? .all : place.guild.permissions(of: own, in: place.id, at: time)
        writer.member("app_permissions", app.documentedText)
        guard !place.isDirect else { return writer.member("user", raw: member.userJSON) }
        var fields = member.fields
        fields["user"] = member.userJSON
        fields.set(
            "permissions",
            place.guild.permissions(of: member.id, in: place.id, at: time).documentedText
        )
        writer.member("member", raw: fields.encoded())
        writer.member("guild_id", place.guild.id)
        let guild = JSONText.object { writer in
            writer.member("id", place.guild.id)
            writer.member("locale", "en-US")
            writer.member("features", raw: JSONText.emptyArray)
        }
        writer.member("guild", raw: guild)
        writer.member("guild_locale", "en-US")
    }

    private func kindAndName() throws(WorldError) -> (InteractionDesk.Kind, String) {
        for (field, kind) in [
            ("command", InteractionDesk.Kind.command), ("autocomplete", .autocomplete),
            ("component", .component),
            ("modal", .modal),
        ] {
            if let name = given.string(field) { return (kind, name) }
        }
        throw WorldError("one of command, autocomplete, component, modal is needed")
    }

    private func place(_ message: Snowflake?) throws(WorldError) -> Place {
        let known = message.flatMap { id in
            core.desk.ephemeral.find(id)?.channel
                ?? core.world.guilds.indices.lazy.compactMap {
                    core.world.guilds[$0].messages.find(id)?.channel
                }.first
        }
        guard let channel = given.snowflake("channel") ?? known, let place = try? core.place(channel, now)
        else {
            throw WorldError("channel must be one that the bot sees")
        }
        return place
    }

    private func data(
        _ kind: InteractionDesk.Kind,
        _ name: String,
        _ id: Snowflake,
        _ place: Place,
        _ message: MessageLog.Entry?
    ) throws(WorldError) -> [UInt8] {
        switch kind {
        case .command, .autocomplete:
            let type = given.int("type") ?? 1
            guard
                let command = core.commands.called(
                    name,
                    type: type,
                    in: place.isDirect ? nil : place.guild.id
                ),
                let commandID = command.snowflake("id")
            else { throw WorldError("no command \(name) of type \(type) is registered") }
            var resolved = Resolved(core: core, place: place, now: now)
            let options = options(given.value("options"), command.value("options"), &resolved)
            return JSONText.object { writer in
                writer.member("id", commandID)
                writer.member("name", name)
                writer.member("type", type)
                if let guild = command.snowflake("guild_id") { writer.member("guild_id", guild) }
                if !options.isEmpty { writer.member("options", raw: JSONText.array(options)) }
                if let target = given.snowflake("target") {
                    writer.member("target_id", target)
                    resolved.add(target, type: type == 2 ? 6 : 0)
                }
                if !resolved.isEmpty { writer.member("resolved", raw: resolved.json) }
            }
        case .component:
            guard let message,
                let component = ComponentForm.find(name, in: message.fields.value("components"))
            else {
                throw WorldError("the message has no component \(name)")
            }
            return JSONText.object { writer in
                writer.member("id", component["id"]?.int ?? 1)
                writer.member("custom_id", name)
                writer.member("component_type", component["type"]?.int ?? 2)
                if let values = given["values"] { writer.member("values", raw: values) }
            }
        case .modal: return modal(name, id)
        }
    }

    /// In the shape in which it was opened for them; where nobody opened it, each field in a label, as modals are now.
    private func modal(_ name: String, _ id: Snowflake) -> [UInt8] {
        let fields = JSONFields(given.value("fields")) ?? JSONFields()
        let opener = given.snowflake("user").flatMap { core.desk.opener(of: name, for: $0, before: id) }
        let opened = opener?.data.flatMap { try? JSONDocument(parsing: $0).root["components"] }
        return JSONText.object { writer in
            writer.member("custom_id", name)
            writer.member(
                "components",
                raw: opened.map { ComponentNumbers.submitted($0, fields) } ?? labelled(fields)
            )
        }
    }

    private func labelled(_ fields: JSONFields) -> [UInt8] {
        let components = fields.names.enumerated().map { index, field in
            JSONText.object { writer in
                writer.member("type", 18)
                writer.member("id", 2 * index + 1)
                let inner = JSONText.object { writer in
                    writer.member("type", 4)
                    writer.member("id", 2 * index + 2)
                    writer.member("custom_id", field)
                    writer.member("value", raw: fields[field] ?? JSONText.null)
                }
                writer.member("component", raw: inner)
            }
        }
        return JSONText.array(components)
    }

    /// Options with the types that the command gives them.
    private func options(_ given: JSONValue?, _ known: JSONValue?, _ resolved: inout Resolved) -> [[UInt8]] {
        let definitions = known?.array.map(Array.init) ?? []
        var list: [[UInt8]] = []
        for option in given?.array.map(Array.init) ?? [] {
            let definition = definitions.first { $0["name"]?.string == option["name"]?.string }
            let type = definition?["type"]?.int ?? option["type"]?.int ?? 3
            let inner = type <= 2 ? options(option["options"], definition?["options"], &resolved) : []
            if let id = option["value"]?.snowflake { resolved.add(id, type: type) }
            list.append(
                JSONText.object { writer in
                    writer.member("name", option["name"]?.string)
                    writer.member("type", type)
                    if type <= 2 { writer.member("options", raw: JSONText.array(inner)) }
                    if let value = option["value"] { writer.member("value", raw: value.raw) }
                    if option["focused"]?.bool == true { writer.member("focused", true) }
                }
            )
        }
        return list
    }
}

/// What the ids among an interaction's options name. Discord, "Resolved Data Structure".
private struct Resolved {
    let core: GatewayCore
    let place: Place
    let now: Instant
    private var maps: [String: JSONFields] = [:]

    init(core: GatewayCore, place: Place, now: Instant) {
        self.core = core
        self.place = place
        self.now = now
    }

    var isEmpty: Bool { maps.isEmpty }

    /// By the option's type; 0: a message.
    mutating func add(_ id: Snowflake, type: Int) {
        func put(_ map: String, _ json: [UInt8]?) {
            if let json { maps[map, default: JSONFields()][id.description] = json }
        }
        if type == 6 || type == 9 {
            put("users", (place.guild.members[id] ?? core.world.account(id))?.userJSON)
            if let member = place.guild.members[id] {
                put("members", member.fields.without("deaf", "mute").encoded())
            }
        }
        if type == 8 || type == 9 { put("roles", place.guild.roles[id]?.encoded()) }
        if type == 7, var channel = place.guild.channels[id] {
            let all = place.guild.permissions(of: core.world.botID, in: id, at: now.unixMilliseconds)
            channel.set("permissions", all.documentedText)
            put("channels", channel.encoded())
        }
        if type == 0 { put("messages", place.guild.messages.find(id).map { core.restMessage($0) }) }
    }

    var json: [UInt8] {
        JSONText.object { writer in
            for (name, map) in maps.sorted(by: { $0.key < $1.key }) {
                writer.member(name, raw: map.encoded())
            }
        }
    }
}

extension GatewayCore {
    package mutating func makeInteraction(_ given: JSONFields, now: Instant) throws(WorldError)
        -> InteractionMaking.Made
    {
        let token = desk.newToken()
        let id = world.newID(now)
        let made = try InteractionMaking(given, self, now).made(id, token)
        desk.add(made.interaction)
        return made
    }
}
