import Base
import EventModels
import HTTPServer
import JSON
import PostgresClient

/// `GET /api/guilds/{guild}/messages`: what was written, as it is now, where that is stored and may be read back.
enum MessagesEndpoint: APIEndpoint {
    static func operations(_ api: APIContext) -> [Operation] {
        let page = Schemas.page(
            "messages",
            "Message",
            "Newest first",
            [.init("stored", .boolean, "Whether anything that was written in this guild is stored")]
        )
        return [
            Operation(
                "GET",
                "/api/guilds/{guild}/messages",
                "messages",
                tag: .history,
                "Messages that you may read back, with edits, without those that were deleted",
                access: .scope(.messagesRead),
                parameters: [
                    .guild,
                    .query("channel", .snowflake, "Of this channel or thread alone"),
                    .query("from", Schema.time, "Written at this time or later"),
                    .query("to", Schema.time, "Written before this time"),
                    PageCursor.messages.parameter,
                    .limit,
                ],
                answers: [.json(page, "A page of them")]
            ) { call async throws(Problem) in
                let look = try await api.desk.look(at: call.id("guild"), for: call.caller, now: api.now)
                let wanted = try Wanted(call, look)
                return try await HistoryReader(api).read { try await answer(wanted, $0) }
            }
        ]
    }

    private struct Wanted {
        let guild: Snowflake
        let channels: Set<Snowflake>
        let ids: Range<Snowflake>
        let limit: Int

        init(_ call: APICall, _ look: GuildLook) throws(Problem) {
            guild = look.state.id
            let readable = look.sight.channels(with: .history, of: [])
            if let channel = call.text("channel").flatMap({ Snowflake($0) }) {
                guard look.sight.has(.view, in: channel) else { throw .notFound("channel") }
                guard readable.contains(channel) else {
                    throw .forbidden("You may not read back what was written in this channel.")
                }
                channels = [channel]
            } else {
                channels = readable
            }
            let from = Self.firstID(at: call.integer("from") ?? 0)
            let to = call.integer("to").map { Self.firstID(at: $0) } ?? Snowflake(UInt64(Int64.max))
            let end = min(to, call.cursor(.messages) ?? to)
            ids = min(from, end)..<end
            limit = call.limit
        }

        /// A message's id says when it was written.
        private static func firstID(at milliseconds: Int64) -> Snowflake {
            let since = max(0, milliseconds - Int64(Snowflake.epochUnixMilliseconds))
            return Snowflake(min(UInt64(since), UInt64(Int64.max) >> 22) << 22)
        }
    }

    private static func answer(_ wanted: Wanted, _ session: HistorySession) async throws -> HTTPResponse {
        let guild = HistoryReader.value(of: wanted.guild)
        let rows = try await session.query(
            statement,
            [
                guild, HistoryReader.value(of: wanted.channels.sorted()),
                HistoryReader.value(of: wanted.ids.lowerBound),
                HistoryReader.value(of: wanted.ids.upperBound), .int(Int64(wanted.limit + 1)),
            ]
        )
        var isStored = rows.count > 0
        if !isStored {
            let some = "SELECT 1 FROM message_events WHERE guild_id = $1 AND content IS NOT NULL LIMIT 1"
            isStored = try await session.query(some, [guild]).count > 0
        }
        return .json(encoded(rows.all, limit: wanted.limit, isStored))
    }

    /// The newest of what is known of each message counts, and what was edited since without its new text being stored is as gone as
    /// what was deleted; times of edits are those of the events that told them.
    private static let statement = """
        WITH page AS (
            SELECT DISTINCT message_id FROM message_events AS known
            WHERE guild_id = $1 AND content IS NOT NULL AND channel_id = ANY ($2::bigint[])
                AND message_id >= $3 AND message_id < $4
                AND NOT EXISTS (SELECT FROM message_events AS gone
                    WHERE gone.message_id = known.message_id AND gone.kind = 'deleted' AND gone.guild_id = $1)
                AND NOT EXISTS (SELECT FROM message_events AS later
                    WHERE later.message_id = known.message_id AND later.kind = 'updated' AND later.content IS NULL
                        AND later.guild_id = $1 AND (later.epoch, later.number) > (known.epoch, known.number))
            ORDER BY message_id DESC LIMIT $5
        )
        SELECT DISTINCT ON (message_id) message_id, channel_id, user_id, bot, content,
            max(reply_to) OVER whole AS reply_to, max(attachments) OVER whole AS attachments,
            CASE kind WHEN 'updated' THEN (extract(epoch FROM at) * 1000)::bigint END AS edited
        FROM page JOIN message_events USING (message_id)
        WHERE guild_id = $1 AND content IS NOT NULL
        WINDOW whole AS (PARTITION BY message_id)
        ORDER BY message_id DESC, epoch DESC, number DESC
        """

    private static func encoded(_ rows: [PostgresRow], limit: Int, _ isStored: Bool) -> [UInt8] {
        var writer = JSONWriter(reserving: 16_384)
        writer.beginObject()
        writer.key("messages")
        writer.beginArray()
        let page = rows.prefix(limit)
        for row in page {
            guard let id = row.id("message_id"), let channel = row.id("channel_id") else { continue }
            writer.beginObject()
            writer.member("id", id)
            writer.member("channel", channel)
            writer.member("author", row.id("user_id"))
            writer.member("bot", row.bool("bot"))
            writer.member("at", Int64(id.unixMilliseconds))
            writer.member("edited", row.int64("edited").map { Int($0) })
            writer.member("content", row.string("content") ?? "")
            writer.member("replyTo", row.id("reply_to"))
            writer.member("attachments", row.int64("attachments").map { Int($0) })
            writer.endObject()
        }
        writer.endArray()
        let last = rows.count > limit ? page.last?.id("message_id") : nil
        writer.member("next", last.map { PageCursor.messages.text($0) })
        writer.member("stored", isStored)
        writer.endObject()
        return writer.takeBytes()
    }
}

extension PostgresRow {
    fileprivate func id(_ column: String) -> Snowflake? {
        int64(column).map { Snowflake(UInt64(bitPattern: $0)) }
    }
}
