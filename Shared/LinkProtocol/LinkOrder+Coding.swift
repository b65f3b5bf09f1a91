internal import Base
internal import EventModels
internal import JSON

extension LinkOrder {
    func writeMembers(into writer: inout JSONWriter) {
        writer.member("name", deed.name.rawValue)
        if let shard { writer.member("shard", shard.description) }
        if let guild { writer.member("guild", guild) }
        writer.member("key", key)
        writer.member("deadline", deadline)
        deed.writeMembers(into: &writer)
    }

    /// What is wanted, as JSON without key, deadline and shard: equal for equal wishes.
    package var arguments: [UInt8] {
        var writer = JSONWriter(reserving: 512)
        writer.beginObject()
        writer.member("name", deed.name.rawValue)
        if let guild { writer.member("guild", guild) }
        deed.writeMembers(into: &writer)
        writer.endObject()
        return writer.takeBytes()
    }

    /// From `arguments`; nil where they are none.
    package init?(arguments: [UInt8], key: String) {
        do {
            let root = try JSONDocument(parsing: arguments).root
            guard let name = root["name"]?.string.flatMap({ Deed.Name(rawValue: $0) }) else { return nil }
            self.init(try Deed(name, root), guild: root["guild"]?.snowflake, key: key)
        } catch { return nil }
    }

    /// Throws what is wrong with it, `invalid`.
    init(_ name: Deed.Name, _ data: JSONValue) throws(LinkFailure) {
        guard let key = data["key"]?.string, 1...Self.keyBytesMax ~= key.utf8.count else {
            throw .invalid("key: 1 to \(Self.keyBytesMax) bytes")
        }
        if let guild = data["guild"], guild.snowflake == nil { throw .invalid("guild: an id") }
        var shard: ShardName?
        if let named = data["shard"] {
            shard = named.string.flatMap { ShardName($0) }
            if shard == nil { throw .invalid("shard: index/count") }
        }
        var deadline = Self.deadlineDefault
        if let given = data["deadline"] {
            guard let number = given.int, 1...Self.deadlineMax ~= number else {
                throw .invalid("deadline: 1 to \(Self.deadlineMax) ms from now")
            }
            deadline = number
        }
        self.init(
            try Deed(name, data),
            guild: data["guild"]?.snowflake,
            shard: shard,
            key: key,
            deadline: deadline
        )
        guard guild != nil || !deed.needsGuild else { throw .invalid("guild: an id") }
        guard arguments.count <= Self.argumentBytesMax else {
            throw .invalid("more than \(Self.argumentBytesMax) bytes of arguments")
        }
    }
}

extension LinkFailure {
    static func invalid(_ what: String) -> LinkFailure { LinkFailure(.invalid, what) }
}

extension LinkOrder.Deed {
    var needsGuild: Bool {
        switch self {
        case .addRole, .removeRole, .emit: true
        case .registerCommands(let isGlobal, _): !isGlobal
        case .sendMessage, .editMessage, .deleteMessage, .addReaction, .removeReaction: false
        case .answer, .deferAnswer, .followUp, .editAnswer: false
        }
    }

    fileprivate func writeMembers(into writer: inout JSONWriter) {
        switch self {
        case .sendMessage(let channel, let message):
            writer.member("channel", channel)
            writer.member("message", raw: message)
        case .editMessage(let channel, let id, let message):
            writer.member("channel", channel)
            writer.member("messageId", id)
            writer.member("message", raw: message)
        case .deleteMessage(let channel, let id, let reason):
            writer.member("channel", channel)
            writer.member("messageId", id)
            if let reason { writer.member("reason", reason) }
        case .addReaction(let channel, let id, let emoji), .removeReaction(let channel, let id, let emoji):
            writer.member("channel", channel)
            writer.member("messageId", id)
            writer.member("emoji", emoji)
        case .addRole(let user, let role, let reason), .removeRole(let user, let role, let reason):
            writer.member("user", user)
            writer.member("role", role)
            if let reason { writer.member("reason", reason) }
        case .registerCommands(let isGlobal, let commands):
            writer.member("global", isGlobal)
            writer.member("commands", raw: commands)
        case .answer(let interaction, let response):
            writer.member("interaction", interaction)
            writer.member("response", raw: response)
        case .deferAnswer(let interaction, let ephemeral):
            writer.member("interaction", interaction)
            writer.member("ephemeral", ephemeral)
        case .followUp(let interaction, let message), .editAnswer(let interaction, let message):
            writer.member("interaction", interaction)
            writer.member("message", raw: message)
        case .emit(let event, let payload):
            writer.member("event", event)
            writer.member("payload", raw: payload)
        }
    }

    fileprivate init(_ name: Name, _ data: JSONValue) throws(LinkFailure) {
        func id(_ member: String) throws(LinkFailure) -> Snowflake {
            guard let id = data[member]?.snowflake else { throw .invalid("\(member): an id") }
            return id
        }
        func object(_ member: String) throws(LinkFailure) -> [UInt8] {
            guard let value = data[member], value.kind == .object else {
                throw .invalid("\(member): an object")
            }
            return value.compacted
        }
        func emoji() throws(LinkFailure) -> String {
            guard let emoji = data["emoji"]?.string, 1...128 ~= emoji.utf8.count else {
                throw .invalid("emoji: a character, or name:id")
            }
            return emoji
        }
        let reason = data["reason"]?.string.map { String($0.prefix(512)) }
        switch name {
        case .sendMessage:
            self = .sendMessage(channel: try id("channel"), message: try object("message"))
        case .editMessage:
            self = .editMessage(
                channel: try id("channel"),
                id: try id("messageId"),
                message: try object("message")
            )
        case .deleteMessage:
            self = .deleteMessage(channel: try id("channel"), id: try id("messageId"), reason: reason)
        case .addReaction:
            self = .addReaction(channel: try id("channel"), id: try id("messageId"), emoji: try emoji())
        case .removeReaction:
            self = .removeReaction(channel: try id("channel"), id: try id("messageId"), emoji: try emoji())
        case .addRole: self = .addRole(user: try id("user"), role: try id("role"), reason: reason)
        case .removeRole: self = .removeRole(user: try id("user"), role: try id("role"), reason: reason)
        case .registerCommands:
            guard let commands = data["commands"], commands.kind == .array else {
                throw .invalid("commands: an array")
            }
            let isGlobal = data["global"]?.bool ?? false
            self = .registerCommands(isGlobal: isGlobal, commands: commands.compacted)
        case .answer: self = .answer(try id("interaction"), response: try object("response"))
        case .deferAnswer:
            self = .deferAnswer(try id("interaction"), ephemeral: data["ephemeral"]?.bool ?? false)
        case .followUp: self = .followUp(try id("interaction"), message: try object("message"))
        case .editAnswer: self = .editAnswer(try id("interaction"), message: try object("message"))
        case .emit:
            guard let event = data["event"]?.string, 1...64 ~= event.utf8.count else {
                throw .invalid("event: a name")
            }
            let payload = try object("payload")
            guard payload.count <= LinkOrder.payloadBytesMax else {
                throw .invalid("payload: at most \(LinkOrder.payloadBytesMax) bytes")
            }
            self = .emit(event: event, payload: payload)
        }
    }
}
