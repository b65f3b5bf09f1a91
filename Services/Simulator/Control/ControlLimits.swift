internal import Base
internal import HTTPServer
internal import JSON

extension Simulation {
    /// `{"kind":"rest",…}`, see `RESTFaults.read`; `"clear":true` ends all of them.
    func controlRESTFault(_ root: JSONValue) -> HTTPResponse {
        if root["clear"]?.bool == true {
            restFaults.clear()
            return .json(Array("{}".utf8))
        }
        guard let fault = RESTFaults.read(root) else {
            return .problem(
                status: 400,
                detail: "one of status (400 to 599), drop (before, after), ms and answer_ms is needed"
            )
        }
        restFaults.add(fault.route, fault.action, times: fault.times)
        return .json(JSONText.object { $0.member("times", fault.times) })
    }

    /// `{"invalid":[{"address","count","banned","turned_away"}]}`: what counts towards a ban in the last ten minutes, and what
    /// came during one.
    func controlLimits() -> HTTPResponse {
        let list = invalidRequests.counts(now: now.monotonic).map { account in
            JSONText.object { writer in
                writer.member("address", account.address)
                writer.member("count", account.count)
                writer.member("banned", account.isBanned)
                writer.member("turned_away", account.turnedAway)
            }
        }
        return .json(JSONText.object { $0.member("invalid", raw: JSONText.array(list)) })
    }

    /// `{"guild","permissions"}`: those of the bot's own role from now on, told by a GUILD_ROLE_UPDATE.
    func controlPermissions(_ request: HTTPRequest) -> HTTPResponse {
        guard let root = try? JSONDocument(parsing: request.body).root,
            let guild = core.world.guild(root["guild"]?.snowflake), let text = root["permissions"]?.string,
            UInt64(text) != nil
        else { return .problem(status: 400, detail: #"the body must be {"guild":ID,"permissions":"BITS"}"#) }
        let own = guild.members[guild.botID]?.roles.first { guild.roles[$0]?.bool("managed") == true }
        guard let own else { return .problem(status: 422, detail: "the bot has no role of its own there") }
        let now = now
        core.happen("GUILD_ROLE_UPDATE", roleChange(guild.id, own, text), now)
        flush()
        return .json(JSONText.object { $0.member("role", own) })
    }

    private nonisolated func roleChange(_ guild: Snowflake, _ role: Snowflake, _ permissions: String)
        -> JSONFields
    {
        var fields = JSONFields()
        fields.set("guild_id", guild)
        fields["role"] = JSONText.object { writer in
            writer.member("id", role)
            writer.member("permissions", permissions)
        }
        return fields
    }
}
