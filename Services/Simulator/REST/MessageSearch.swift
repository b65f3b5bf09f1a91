internal import Base
internal import JSON

/// Looking for messages of a guild. Discord, "Search Guild Messages": who asks for the first time has to come again, as there is
/// no index yet.
enum MessageSearch {
    static let all: [Endpoint] = [
        Endpoint("GET", "/guilds/{guild}/messages/search", perform: search).limited(to: 10, in: 10)
    ]

    /// What the query asks of a message. Of what Discord takes: `content`, `author_id`, `channel_id`, `mentions` (several
    /// each), `min_id`, `max_id`, `pinned`.
    private struct Wish {
        let words: [Substring]
        let authors: Set<Snowflake>
        let channels: Set<Snowflake>
        let mentions: Set<Snowflake>
        let range: Range<Snowflake>
        let isPinned: Bool?

        init(_ call: RESTCall) throws(RESTReply) {
            let content = call.query("content") ?? ""
            guard content.count <= 1024 else { throw RESTReply.tooLong("content", 1024) }
            words = content.lowercased().split(separator: " ")
            authors = call.ids("author_id")
            channels = call.ids("channel_id")
            mentions = call.ids("mentions")
            // Both ends are outside.
            let least = Snowflake((call.query("min_id").flatMap { UInt64($0) } ?? 0) &+ 1)
            let most = call.query("max_id").flatMap { Snowflake($0) } ?? Snowflake(.max)
            range = least..<max(least, most)
            isPinned = call.query("pinned") == nil ? nil : call.flag("pinned")
        }

        func matches(_ entry: MessageLog.Entry) -> Bool {
            guard range.contains(entry.id), authors.isEmpty || authors.contains(entry.author),
                channels.isEmpty || channels.contains(entry.channel),
                isPinned == nil || isPinned == entry.fields.bool("pinned") ?? false
            else { return false }
            let named = entry.fields.value("mentions")?.array?.compactMap { $0["id"]?.snowflake } ?? []
            guard mentions.isEmpty || !mentions.isDisjoint(with: named) else { return false }
            let content = (entry.fields.string("content") ?? "").lowercased()
            return words.allSatisfy { content.contains($0) }
        }
    }

    private static func search(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply {
        let guild = try core.guild(call)
        let limit = try call.limit(25, 1...25)
        guard let offset = call.number("offset", default: 0, in: 0...9975) else {
            throw RESTReply.outOfRange("offset", 0...9975)
        }
        let wish = try Wish(call)
        guard !core.indexed.insert(guild.id).inserted else { return notYet }
        let now = call.now
        var readable: [Snowflake: Bool] = [:]
        let held = core
        let found = guild.messages.entries.filter { entry in
            guard wish.matches(entry) else { return false }
            if let known = readable[entry.channel] { return known }
            let may = mayRead(entry.channel, held, now)
            readable[entry.channel] = may
            return may
        }
        let isOldestFirst = call.query("sort_order") == "asc"
        let ordered = isOldestFirst ? found : found.reversed()
        return RESTReply(
            JSONText.object { writer in
                writer.member("doing_deep_historical_index", false)
                writer.member("total_results", found.count)
                let page = ordered.dropFirst(offset).prefix(limit).map { entry in
                    // Without reactions, and each in an array of its own.
                    JSONText.array([entry.fields.without("guild_id", "member", "channel_type").encoded()])
                }
                writer.member("messages", raw: JSONText.array(page))
            }
        )
    }

    private static func mayRead(_ channel: Snowflake, _ core: GatewayCore, _ now: Instant) -> Bool {
        do throws(RESTReply) {
            return core.may(.readMessageHistory, try core.place(channel, now), now)
        } catch {
            return false
        }
    }

    private static let notYet = RESTReply(
        JSONText.object { writer in
            writer.member("message", "Index not yet available. Try again later")
            writer.member("code", 110_000)
            writer.member("documents_indexed", 0)
            writer.member("retry_after", 2)
        },
        status: 202
    )
}
