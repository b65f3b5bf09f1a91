import Base
import EventModels
import HTTPServer
import JSON
import PostgresClient

/// `GET /api/guilds/{guild}/presence`: how many were online, and how many there were.
enum PresenceEndpoint: APIEndpoint {
    static func operations(_ api: APIContext) -> [Operation] {
        [
            Operation(
                "GET",
                "/api/guilds/{guild}/presence",
                "presence",
                tag: .history,
                "Members online, and members, over time",
                access: .scope(.activityRead),
                parameters: [.guild] + SeriesRange.parameters,
                answers: [.json(SeriesRange.schema("PresencePoint"), "The points")]
            ) { call async throws(Problem) in
                let range = try SeriesRange(call, now: api.now)
                let look = try await api.desk.look(at: call.id("guild"), for: call.caller, now: api.now)
                try await api.zones.check(range.zone, api)
                return try await HistoryReader(api).read(zone: range.zone) { session in
                    let online = try await Counts(.online, of: look.state.id, range, session)
                    let members = try await Counts(.members, of: look.state.id, range, session)
                    let starts = try await range.starts(session)
                    let points = Set(starts).union(online.highest.keys).union(members.highest.keys).sorted()
                    let most = online.most(points)
                    let last = members.last(points)
                    return range.encoded(points) { at, writer in
                        writer.member("online", most[at].map { Int($0) })
                        writer.member("members", last[at].map { Int($0) })
                    }
                }
            }
        ]
    }

    /// A count that events tell: from one to the next it stays.
    private struct Counts {
        enum Column: String {
            case online = "presence_events"
            case members = "member_events"

            var name: String {
                switch self {
                case .online: "online"
                case .members: "members"
                }
            }
        }

        /// By bucket.
        private(set) var highest: [Int64: Int64] = [:]
        private var latest: [Int64: Int64] = [:]
        private var before: Int64?

        init(_ column: Column, of guild: Snowflake, _ range: SeriesRange, _ session: HistorySession)
            async throws
        {
            let values = range.values(of: guild)
            let (table, name) = (column.rawValue, column.name)
            let rows = try await session.query(
                """
                SELECT \(SeriesRange.milliseconds("bucket")) AS at, highest, latest FROM (
                    SELECT date_trunc('\(range.bucket.rawValue)', at) AS bucket, max(\(name)) AS highest,
                        (max(ARRAY[\(SeriesRange.milliseconds("at")), \(name)::bigint]))[2] AS latest
                    FROM \(table)
                    WHERE guild_id = $1 AND at >= $2 AND at < $3 AND \(name) IS NOT NULL GROUP BY 1) AS found
                """,
                values
            )
            for row in rows.all {
                guard let at = row.int64("at") else { continue }
                highest[at] = row.int64("highest")
                latest[at] = row.int64("latest")
            }
            before = try await session.query(
                """
                SELECT \(name) AS count FROM \(table)
                WHERE guild_id = $1 AND at < $2 AND \(name) IS NOT NULL ORDER BY at DESC LIMIT 1
                """,
                Array(values.prefix(2))
            ).first?.int64("count")
        }

        /// The highest of each bucket, with what it began with.
        func most(_ points: [Int64]) -> [Int64: Int64] {
            var (most, current) = ([Int64: Int64](), before)
            for at in points {
                most[at] = [current, highest[at]].compactMap { $0 }.max()
                current = latest[at] ?? current
            }
            return most
        }

        /// What it was at each bucket's end.
        func last(_ points: [Int64]) -> [Int64: Int64] {
            var (last, current) = ([Int64: Int64](), before)
            for at in points {
                current = latest[at] ?? current
                last[at] = current
            }
            return last
        }
    }
}
