import Base
import HTTPServer
import JSON
import PostgresClient

/// A range of time in buckets, as `?from&to&bucket&zone` asks for it.
struct SeriesRange: Sendable {
    enum Bucket: String, CaseIterable, Sendable {
        case hour
        case day

        /// In milliseconds.
        var rangeMax: Int64 {
            switch self {
            case .hour: 92 * Self.dayLength
            case .day: 1_100 * Self.dayLength
            }
        }

        var rangeDefault: Int64 {
            switch self {
            case .hour: 7 * Self.dayLength
            case .day: 30 * Self.dayLength
            }
        }

        private static let dayLength: Int64 = 86_400_000
    }

    let bucket: Bucket
    /// Unix milliseconds.
    let from: Int64
    let to: Int64
    let zone: String

    static let parameters: [Operation.Parameter] = [
        .query("from", Schema.time, "Unix milliseconds; 7 or 30 days before “to” without"),
        .query("to", Schema.time, "Unix milliseconds, before this; now without, and where it is later"),
        .query("bucket", .choice(Bucket.allCases.map(\.rawValue)), "hour without; day: 1,100 days at most"),
        .query("zone", .form(TimeZones.form), "An IANA name; where days begin. UTC without"),
    ]

    /// Throws 400 for a range that is empty, or longer than its buckets allow.
    init(_ call: APICall, now: Int64) throws(Problem) {
        bucket = call.text("bucket").flatMap { Bucket(rawValue: $0) } ?? .hour
        to = min(call.integer("to") ?? now, now)
        from = call.integer("from") ?? max(0, to - bucket.rangeDefault)
        zone = call.text("zone") ?? "UTC"
        guard from < to else { throw .invalid("from must be before to, and before now.") }
        guard to - from <= bucket.rangeMax else {
            throw .invalid("\(bucket.rawValue)s are told of \(bucket.rangeMax / 86_400_000) days at most.")
        }
    }

    /// `$2` and `$3` of a statement whose `$1` is the guild.
    func values(of guild: Snowflake) -> [PostgresValue] {
        [HistoryReader.value(of: guild), .timestamp(milliseconds: from), .timestamp(milliseconds: to)]
    }

    /// A moment as Unix milliseconds.
    static func milliseconds(_ moment: String) -> String { "(extract(epoch FROM \(moment)) * 1000)::bigint" }

    /// Where the buckets begin, in the session's time zone.
    func starts(_ session: HistorySession) async throws -> [Int64] {
        let rows = try await session.query(
            """
            SELECT \(Self.milliseconds("start")) AS at FROM generate_series(
                date_trunc('\(bucket.rawValue)', $1::timestamptz), $2::timestamptz - interval '1 millisecond',
                interval '1 \(bucket.rawValue)') AS start
            """,
            [.timestamp(milliseconds: from), .timestamp(milliseconds: to)]
        )
        return rows.all.compactMap { $0.int64("at") }
    }

    /// The answer: its points have `at`, and what `write` adds.
    func encoded(_ points: [Int64], _ write: (Int64, inout JSONWriter) -> Void) -> HTTPResponse {
        var writer = JSONWriter(reserving: 4_096)
        writer.beginObject()
        writer.member("bucket", bucket.rawValue)
        writer.member("zone", zone)
        writer.key("points")
        writer.beginArray()
        for at in points {
            writer.beginObject()
            writer.member("at", at)
            write(at, &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return .json(writer.takeBytes())
    }

    static func schema(_ point: String) -> Schema {
        .object([
            .init("bucket", .choice(Bucket.allCases.map(\.rawValue)), "As asked"),
            .init("zone", .form(TimeZones.form), "As asked"),
            .init("points", .array(.named(point), 0...2_300), "Each bucket of the range, oldest first"),
        ])
    }
}
