package import Base
internal import JSON

/// What is kept of a session beside its cookie, for its user to look at. Times are Unix seconds.
package struct SessionRecord: Sendable, Equatable {
    package let id: String
    package let user: Snowflake
    package let name: String
    /// An address.
    package let avatar: String
    package let began: Int64
    package var seen: Int64
    /// Of the cookie that was given last.
    package var expires: Int64
    /// The browser as it names itself, at most `agentMax` characters.
    package let agent: String

    package static let agentMax = 200

    package init(
        id: String,
        user: Snowflake,
        name: String,
        avatar: String,
        began: Int64,
        seen: Int64,
        expires: Int64,
        agent: String
    ) {
        self.id = id
        self.user = user
        self.name = name
        self.avatar = avatar
        self.began = began
        self.seen = seen
        self.expires = expires
        self.agent = String(String.UnicodeScalarView(agent.unicodeScalars.prefix(Self.agentMax)))
    }

    package init(
        _ session: Session,
        name: String,
        avatar: String,
        seen: Int64,
        agent: String
    ) {
        self.init(
            id: session.id,
            user: session.user,
            name: name,
            avatar: avatar,
            began: session.began,
            seen: seen,
            expires: session.expires,
            agent: agent
        )
    }

    func encoded() -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("user", user)
        json.member("name", name)
        json.member("avatar", avatar)
        json.member("began", began)
        json.member("seen", seen)
        json.member("expires", expires)
        json.member("agent", agent)
        json.endObject()
        return json.takeBytes()
    }

    init?(id: String, _ bytes: [UInt8]) {
        let root: JSONValue
        do throws(JSONError) { root = try JSONDocument(parsing: bytes).root } catch { return nil }
        guard let user = root["user"]?.snowflake, let began = root["began"]?.int64,
            let seen = root["seen"]?.int64, let expires = root["expires"]?.int64
        else { return nil }
        self.init(
            id: id,
            user: user,
            name: root["name"]?.string ?? "",
            avatar: root["avatar"]?.string ?? "",
            began: began,
            seen: seen,
            expires: expires,
            agent: root["agent"]?.string ?? ""
        )
    }
}
