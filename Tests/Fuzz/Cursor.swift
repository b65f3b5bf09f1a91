import Base
import EventModels
import HTTPWire
import Web

/// `Last-Event-ID` and the stream's query: what is accepted is in its one form, and nothing grows past its limits.
func fuzzCursor(bytes: [UInt8]) throws(FuzzFailure) {
    let text = text(bytes)
    try checkPlain(text)
    if let cursor = StreamCursor(text) {
        try hold(cursor.text == text && !cursor.ids.isEmpty, "another form of \(cursor.text): \(text)")
        try hold(StreamCursor(cursor.text) == cursor, "not the same again: \(text)")
        try hold(!StreamCursor.isBehind(cursor, cursor), "behind itself: \(text)")
        let both = StreamCursor(ids: cursor.ids + cursor.ids)
        try hold(
            both.text.utf8.count > StreamCursor.textBytesMax || StreamCursor(both.text) == both,
            "joined"
        )
    }
    let query = choice(
        of: [text, text, "lastEventId=\(text)&guild=1&events=\(text)&channels=\(text)"],
        for: bytes
    )
    try checkQuery(text, "/api/stream?\(query)")
}

/// Numbers and names that stand in addresses, headers and Redis: one form each.
private func checkPlain(_ text: String) throws(FuzzFailure) {
    if let id = EventID(text) {
        try hold(id.description == text, "another form of \(id): \(text)")
        try hold(id.sequence << EventID.ordinalBits | id.ordinal == id.number, "the parts of \(id)")
    }
    if let shard = ShardName(text) {
        try hold(shard.description == text && shard.index < shard.count, "another form of \(shard): \(text)")
    }
    if let id = Snowflake(text) {
        try hold(Snowflake(id.description) == id, "not the same again: \(text)")
        _ = id.unixMilliseconds
    }
    if let pattern = KindPattern(text) {
        try hold(text.utf8.count <= 65 && !pattern.matches(""), "matches nothing’s name: \(text)")
    }
}

private func checkQuery(_ header: String, _ target: String) throws(FuzzFailure) {
    for headers in [HTTPHeaders(), ["Last-Event-ID": header]] as [HTTPHeaders] {
        let head: HTTPRequestHead
        do throws(HTTPWireError) {
            head = try HTTPRequestHead(method: "GET", target: target, headers: headers)
        } catch { return }
        let query: StreamQuery
        do throws(StreamQuery.Malformed) { query = try StreamQuery(head) } catch {
            try hold(!error.detail.isEmpty && error.detail.utf8.count < 400, "detail: \(error.detail)")
            continue
        }
        let lists = [query.filter.guilds.count, query.filter.kinds.count, query.filter.channels.count]
        try hold(lists.allSatisfy { $0 <= StreamQuery.listMax }, "a list of \(lists)")
        let sent = headers["last-event-id"]
        if let sent, !sent.isEmpty { try hold(query.lastEventID == sent, "the header loses to the query") }
        try hold(query.lastEventID != "", "an empty position")
        _ = query.lastEventID.map { StreamCursor($0) }
    }
}
