internal import Base
internal import JSON

/// Webhooks, at most 15 a channel and 1,000 in all.
package struct WebhookTable: Sendable {
    struct Webhook: Sendable {
        let id: Snowflake
        let token: String
        let guild: Snowflake
        let channel: Snowflake
        var name: String
        var avatar: String?
    }

    private var webhooks = Table<Webhook>()
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    func find(_ id: Snowflake?, token: String? = nil) -> Webhook? {
        guard let webhook = id.flatMap({ webhooks[$0] }) else { return nil }
        return token == nil || token == webhook.token ? webhook : nil
    }

    func list(_ isWanted: (Webhook) -> Bool) -> [Webhook] { webhooks.values.filter(isWanted) }

    mutating func add(_ id: Snowflake, _ name: String, _ avatar: String?, _ place: Place) throws(RESTReply)
        -> Webhook
    {
        guard webhooks.count < 1000, webhooks.values.count(where: { $0.channel == place.id }) < 15 else {
            throw RESTReply.error(400, 30007, "Maximum number of webhooks reached (15)")
        }
        let token = (0..<4).map { _ in String(random.next(), radix: 36) }.joined()
        let webhook = Webhook(
            id: id,
            token: token,
            guild: place.guild.id,
            channel: place.id,
            name: name,
            avatar: avatar
        )
        webhooks[id] = webhook
        return webhook
    }

    mutating func update(_ webhook: Webhook) { webhooks[webhook.id] = webhook }
    mutating func remove(_ id: Snowflake) { webhooks[id] = nil }
}

extension WebhookTable.Webhook {
    func json(_ world: World, withToken: Bool = true) -> [UInt8] {
        JSONText.object { writer in
            writer.member("id", id)
            writer.member("type", 1)
            writer.member("guild_id", guild)
            writer.member("channel_id", channel)
            writer.member("name", name)
            writer.member("avatar", avatar)
            writer.member("application_id", world.applicationID)
            if withToken {
                writer.member("token", token)
                writer.member("user", raw: world.bot.encoded())
            }
        }
    }
}
