internal import Base
internal import JSON

/// The members of a guild that arrived in part, while GUILD_MEMBERS_CHUNK brings the others: who joined and who left while
/// nobody listened is known only when all have come.
///
/// Chunks of one request carry its nonce; those of another begin the count of chunks anew. Who was seen stays seen: whoever
/// leaves meanwhile is told by a dispatch of its own.
package struct MemberSeries: Sendable, Equatable {
    /// Whether everyone was known before, so that those who are new have joined.
    let tellsJoined: Bool
    private(set) var nonce: String?
    private(set) var chunks: Set<Int> = []
    var seen: Set<Snowflake> = []
    private(set) var new: Set<Snowflake> = []

    /// Another may not have ended: whom that had found new was not told yet.
    init(tellsJoined: Bool, after unfinished: MemberSeries?) {
        self.tellsJoined = tellsJoined || unfinished?.tellsJoined == true
        new = unfinished?.new ?? []
    }

    mutating func see(_ user: Snowflake, isNew: Bool) {
        seen.insert(user)
        if isNew, tellsJoined { new.insert(user) }
    }

    mutating func forget(_ user: Snowflake) {
        seen.remove(user)
        new.remove(user)
    }

    /// Counts a chunk in; true when it was the last that was missing.
    mutating func completes(with chunk: JSONView) -> Bool {
        guard let index = chunk["chunk_index"]?.int, let count = chunk["chunk_count"]?.int else {
            return false
        }
        if chunk["nonce"]?.string != nonce {
            nonce = chunk["nonce"]?.string
            chunks = []
        }
        guard (0..<count).contains(index) else { return false }
        chunks.insert(index)
        return chunks.count == count
    }

    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("tellsJoined", tellsJoined)
        writer.member("nonce", nonce)
        writer.key("chunks")
        writer.beginArray()
        for chunk in chunks.sorted() { writer.int(chunk) }
        writer.endArray()
        for (name, users) in [("seen", seen), ("new", new)] {
            writer.key(text: name)
            writer.beginArray()
            for user in users.sorted() { writer.snowflake(user) }
            writer.endArray()
        }
        writer.endObject()
    }

    /// What `write` has written.
    init?(checkpoint value: JSONView) {
        guard let tellsJoined = value["tellsJoined"]?.bool else { return nil }
        self.tellsJoined = tellsJoined
        nonce = value["nonce"]?.string
        chunks = Set(value.elements("chunks").compactMap(\.int))
        seen = Set(value.elements("seen").compactMap(\.snowflake))
        new = Set(value.elements("new").compactMap(\.snowflake))
    }
}
