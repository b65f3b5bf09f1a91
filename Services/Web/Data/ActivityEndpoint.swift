import Base
import EventModels
import HTTPServer
import JSON
import PostgresClient

/// `GET /api/guilds/{guild}/activity`: what was written, who came and went, how long people talked; of channels that the caller may
/// see now.
enum ActivityEndpoint: APIEndpoint {
    static func operations(_ api: APIContext) -> [Operation] {
        [
            Operation(
                "GET",
                "/api/guilds/{guild}/activity",
                "activity",
                tag: .history,
                "Messages, joins, leaves and time in voice channels, over time",
                access: .scope(.activityRead),
                parameters: [.guild] + SeriesRange.parameters,
                answers: [.json(SeriesRange.schema("ActivityPoint"), "The points")]
            ) { call async throws(Problem) in
                let range = try SeriesRange(call, now: api.now)
                let look = try await api.desk.look(at: call.id("guild"), for: call.caller, now: api.now)
                try await api.zones.check(range.zone, api)
                return try await HistoryReader(api).read(zone: range.zone) { session in
                    try await answer(look, range, session)
                }
            }
        ]
    }

    private static func answer(_ look: GuildLook, _ range: SeriesRange, _ session: HistorySession)
        async throws -> HTTPResponse
    {
        let guild = look.state.id
        let members = try await session.query(Self.members(range), range.values(of: guild))
        let messages = try await session.query(
            Self.messages(range),
            range.values(of: guild) + [channels(with: .history, look)]
        )
        let voice = try await session.query(
            Self.voice(range),
            range.values(of: guild) + [channels(with: .view, look)] + present(look)
        )
        let (joins, leaves) = (counts("joins", members), counts("leaves", members))
        let (written, seconds) = (counts("messages", messages), counts("seconds", voice))
        var points = Set(try await range.starts(session))
        for counts in [joins, leaves, written, seconds] { points.formUnion(counts.keys) }
        return range.encoded(points.sorted()) { at, writer in
            writer.member("messages", written[at] ?? 0)
            writer.member("joins", joins[at] ?? 0)
            writer.member("leaves", leaves[at] ?? 0)
            writer.member("voiceSeconds", seconds[at] ?? 0)
        }
    }

    /// Null: of all, also of those that are gone.
    private static func channels(with bits: SightBits, _ look: GuildLook) -> PostgresValue {
        look.seesAll ? .null : HistoryReader.value(of: look.sight.channels(with: bits, of: []).sorted())
    }

    /// Who is in which voice channel now, for `$5` and `$6`.
    private static func present(_ look: GuildLook) -> [PostgresValue] {
        let people = look.state.voice.sorted { $0.key < $1.key }
        return [
            HistoryReader.value(of: people.map(\.key)),
            HistoryReader.value(of: people.map(\.value.channelID)),
        ]
    }

    private static func counts(_ column: String, _ rows: PostgresRows) -> [Int64: Int64] {
        var counts: [Int64: Int64] = [:]
        for row in rows.all {
            guard let at = row.int64("at"), let count = row.int64(column) else { continue }
            counts[at] = count
        }
        return counts
    }

    private static func members(_ range: SeriesRange) -> String {
        """
        SELECT \(SeriesRange.milliseconds("date_trunc('\(range.bucket.rawValue)', at)")) AS at,
            count(*) FILTER (WHERE kind = 'joined') AS joins, count(*) FILTER (WHERE kind = 'left') AS leaves
        FROM member_events WHERE guild_id = $1 AND at >= $2 AND at < $3 AND kind IN ('joined', 'left') GROUP BY 1
        """
    }

    private static func messages(_ range: SeriesRange) -> String {
        """
        SELECT \(SeriesRange.milliseconds("date_trunc('\(range.bucket.rawValue)', at)")) AS at, count(*) AS messages
        FROM message_events WHERE guild_id = $1 AND at >= $2 AND at < $3 AND kind = 'created'
            AND ($4::bigint[] IS NULL OR channel_id = ANY ($4::bigint[])) GROUP BY 1
        """
    }

    /// A stay lasts from a coming to whatever that person does next, and is divided among the buckets that it touches. One that
    /// began more than 7 days before the range is not found. One of which no end is known, within 7 days behind the range, counts
    /// where that person is in the channel now: others' ends were never stored.
    private static func voice(_ range: SeriesRange) -> String {
        """
        WITH steps AS (
            SELECT user_id, channel_id, kind, at, lead(at) OVER (PARTITION BY user_id ORDER BY epoch, number) AS next
            FROM voice_events
            WHERE guild_id = $1 AND at >= $2::timestamptz - interval '7 days'
                AND at < $3::timestamptz + interval '7 days'
                AND kind IN ('joined', 'moved', 'left')
        ), stays AS (
            SELECT greatest(at, $2::timestamptz) AS begins, least(coalesce(next, $3), $3::timestamptz) AS ends
            FROM steps
            WHERE kind <> 'left' AND at < $3
                AND (next IS NOT NULL OR EXISTS (SELECT FROM unnest($5::bigint[], $6::bigint[]) AS here(who, place)
                    WHERE here.who = user_id AND here.place = channel_id))
                AND ($4::bigint[] IS NULL OR channel_id = ANY ($4::bigint[]))
        )
        SELECT \(SeriesRange.milliseconds("bucket")) AS at,
            round(sum(extract(epoch FROM least(ends, bucket + interval '1 \(range.bucket.rawValue)')
                - greatest(begins, bucket))))::bigint AS seconds
        FROM stays, generate_series(date_trunc('\(range.bucket.rawValue)', begins),
            ends - interval '1 microsecond', interval '1 \(range.bucket.rawValue)') AS bucket
        WHERE ends > begins GROUP BY bucket
        """
    }
}
