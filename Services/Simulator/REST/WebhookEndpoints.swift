internal import Base
internal import JSON

/// Webhooks, and what interactions answer through the same addresses: `/webhooks/{application}/{interaction token}`.
enum WebhookEndpoints {
    static let all: [Endpoint] = [
        Endpoint("POST", "/channels/{channel}/webhooks", perform: create),
        Endpoint("GET", "/channels/{channel}/webhooks") { core, call throws(RESTReply) in
            let place = try core.place(call)
            try core.require(.manageWebhooks, place, call.now)
            let world = core.world
            return RESTReply(
                JSONText.array(core.webhooks.list { $0.channel == place.id }.map { $0.json(world) })
            )
        },
        Endpoint("GET", "/guilds/{guild}/webhooks") { core, call throws(RESTReply) in
            let guild = try core.guild(call)
            try core.require(.manageWebhooks, guild)
            let world = core.world
            return RESTReply(
                JSONText.array(core.webhooks.list { $0.guild == guild.id }.map { $0.json(world) })
            )
        },
        managing("GET", "/webhooks/{webhook}"), managing("PATCH", "/webhooks/{webhook}"),
        managing("DELETE", "/webhooks/{webhook}"),
        managing("GET", withToken), managing("PATCH", withToken), managing("DELETE", withToken),
        Endpoint("POST", withToken, needsToken: false, perform: execute).limited(to: 5, in: 2).exempt()
            .sharing("webhook"),
        message("GET") { core, target, _ throws(RESTReply) in
            RESTReply(core.restMessage(target.entry))
        },
        message("PATCH") { core, target, call throws(RESTReply) in
            let form = try MessageForm(call.form(), editing: true)
            return RESTReply(core.restMessage(try core.edit(target, by: form, call.now)))
        },
        message("DELETE") { core, target, call throws(RESTReply) in
            try core.remove(target, call.now)
            return .noContent
        },
    ]

    private static let withToken = "/webhooks/{webhook}/{token}"

    private static func create(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply {
        let place = try core.place(call)
        try core.require(.manageWebhooks, place, call.now)
        let given = try call.body()
        guard let name = given.string("name"), 1...80 ~= name.count else {
            throw RESTReply.badLength("name", 1...80)
        }
        let webhook = try core.webhooks.add(core.world.newID(call.now), name, nil, place)
        try tellUpdate(&core, webhook, call)
        return RESTReply(webhook.json(core.world))
    }

    private static func tellUpdate(
        _ core: inout GatewayCore,
        _ webhook: WebhookTable.Webhook,
        _ call: RESTCall
    ) throws(RESTReply) {
        try core.tell("WEBHOOKS_UPDATE", in: webhook.guild, call.now) {
            $0.set("channel_id", webhook.channel)
        }
    }

    private static func managing(_ method: String, _ path: String) -> Endpoint {
        let isByToken = path.hasSuffix("{token}")
        let endpoint = Endpoint(method, path, needsToken: !isByToken) { core, call throws(RESTReply) in
            guard var webhook = core.webhooks.find(call.id("webhook"), token: call.text("token")) else {
                throw RESTReply.unknownWebhook
            }
            if !isByToken {
                guard let guild = core.world.guild(webhook.guild) else { throw RESTReply.unknownWebhook }
                try core.require(.manageWebhooks, guild)
            }
            if method == "DELETE" {
                core.webhooks.remove(webhook.id)
                try tellUpdate(&core, webhook, call)
                return .noContent
            }
            if method == "PATCH", let name = try call.body().string("name") {
                webhook.name = name
                core.webhooks.update(webhook)
                try tellUpdate(&core, webhook, call)
            }
            return RESTReply(webhook.json(core.world))
        }
        return isByToken ? endpoint.exempt() : endpoint
    }

    /// A message by the webhook, or a follow-up of the interaction whose token it is.
    private static func execute(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply {
        if call.id("webhook") == core.world.applicationID { return try core.followUp(call) }
        guard let webhook = core.webhooks.find(call.id("webhook"), token: call.text("token") ?? "")
        else {
            throw RESTReply.unknownWebhook
        }
        let thread = call.query("thread_id").flatMap { Snowflake($0) }
        let place = try core.place(thread ?? webhook.channel, call.now)
        let (given, files) = try call.form()
        let form: MessageForm
        do { form = try MessageForm((given, files)) } catch {
            // Without `wait` nobody hears of errors in the message.
            guard call.flag("wait") else { return .noContent }
            throw error
        }
        var account = JSONFields()
        account.set("id", webhook.id)
        account.set("username", given.string("username") ?? webhook.name)
        account.set("avatar", webhook.avatar)
        account.set("discriminator", "0000")
        account.set("global_name", String?.none)
        account.set("bot", true)
        var speaker = Speaker(account: account, mentions: ["users"])
        speaker.more.set("webhook_id", webhook.id)
        let entry = try core.send(form, to: place, by: speaker, call.now)
        return call.flag("wait") ? RESTReply(core.restMessage(entry)) : .noContent
    }

    /// A message that a webhook or an interaction sent.
    private static func message(
        _ method: String,
        _ answer:
            @escaping @Sendable (inout GatewayCore, InteractionTarget, RESTCall) throws(RESTReply) ->
            RESTReply
    ) -> Endpoint {
        Endpoint(method, withToken + "/messages/{message}", needsToken: false) {
            core,
            call throws(RESTReply) in
            if call.id("webhook") == core.world.applicationID {
                return try answer(&core, try core.target(call), call)
            }
            guard let webhook = core.webhooks.find(call.id("webhook"), token: call.text("token") ?? "")
            else {
                throw RESTReply.unknownWebhook
            }
            let thread = call.query("thread_id").flatMap { Snowflake($0) }
            let place = try core.place(thread ?? webhook.channel, call.now)
            guard let entry = call.id("message").flatMap({ place.guild.messages.find($0) }),
                entry.author == webhook.id
            else { throw RESTReply.unknownMessage }
            return try answer(&core, InteractionTarget(interaction: nil, place: place, entry: entry), call)
        }.limited(to: 5, in: 2).exempt().sharing("webhook messages")
    }
}
