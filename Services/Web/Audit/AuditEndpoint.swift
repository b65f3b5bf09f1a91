import Base
import HTTPServer
import JSON
import PostgresClient

/// `GET /api/guilds/{guild}/audit`: for the guild's owner.
enum AuditEndpoint: APIEndpoint {
    static func operations(_ api: APIContext) -> [Operation] {
        [
            Operation(
                "GET",
                "/api/guilds/{guild}/audit",
                "audit",
                tag: .access,
                "Who changed what in the guild, and who was refused what; for its owner",
                access: .session,
                parameters: [
                    .path("guild", .snowflake, "The guild's id"),
                    .query("cursor", .cursor, "Of the page before"),
                    .query("limit", .integer(1...100), "Entries of a page, 50 without"),
                ],
                answers: [.json(.named("AuditPage"), "A page, the newest first")]
            ) { call throws(Problem) in try await page(call, api) }
        ]
    }

    private static let entriesStandard: Int64 = 50

    private static func page(_ call: APICall, _ api: APIContext) async throws(Problem) -> HTTPResponse {
        let guild = try call.id("guild")
        let look = try await api.desk.look(at: guild, as: try call.user(), now: api.now)
        guard look.isOwner else { throw .forbidden("The audit log is for the guild's owner.") }
        let before = try call.text("cursor").map { (text) throws(Problem) in try position(text) }
        let limit = Int(call.integer("limit") ?? entriesStandard)
        let database = try api.stored()
        let rows: PostgresRows
        do throws(PostgresError) {
            rows = try await AuditRows.page(of: guild, before: before, limit: limit + 1, database)
        } catch {
            throw .unavailable("The audit log cannot be read now. Try again.")
        }
        return .json(encoded(rows.all, limit: limit))
    }

    private static let cursorMark = "a"

    private static func position(_ cursor: String) throws(Problem) -> Int64 {
        guard cursor.hasPrefix(cursorMark), let id = Int64(cursor.dropFirst(cursorMark.count)), id > 0,
            cursor == "\(cursorMark)\(id)"
        else { throw .invalid("cursor is not one of ours.") }
        return id
    }

    private static func encoded(_ rows: [PostgresRow], limit: Int) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("entries")
        json.beginArray()
        for row in rows.prefix(limit) { write(row, &json) }
        json.endArray()
        json.key("next")
        if rows.count > limit, let last = rows[limit - 1].int64("id") {
            json.string("\(cursorMark)\(last)")
        } else {
            json.null()
        }
        json.endObject()
        return json.takeBytes()
    }

    private static func write(_ row: PostgresRow, _ json: inout JSONWriter) {
        json.beginObject()
        json.member("id", row.string("id") ?? "")
        json.member("at", row.int64("at") ?? 0)
        json.member("actor", row.string("actor_id"))
        json.member("key", row.string("key_id"))
        json.member("target", row.string("target"))
        json.member("action", row.string("action") ?? "")
        json.member("detail", raw: row.bytes("detail") ?? Array("{}".utf8))
        json.member("outcome", row.string("outcome") ?? "")
        json.member("count", row.int64("count") ?? 0)
        json.endObject()
    }
}
