internal import Base
internal import JSON

/// What a live client asks of the gateway.
extension GatewayCore {
    /// In the guilds of the shard that says so.
    mutating func changeOwnPresence(_ given: JSONFields, of client: ClientID, _ now: Instant) {
        guard let session = sessions.first(where: { $0.id == clients[client]?.session }) else { return }
        for guild in world.guilds.map(\.id) where guild.shard(of: session.shardCount) == session.shard {
            var fields = JSONFields()
            fields.set("guild_id", guild)
            fields["user"] = JSONText.object { $0.member("id", world.botID) }
            let status = given.string("status") ?? "online"
            fields.set("status", status == "invisible" ? "offline" : status)
            fields["activities"] = given["activities"]
            happen("PRESENCE_UPDATE", fields, now)
        }
    }

    mutating func changeOwnVoice(_ given: JSONFields, _ now: Instant) {
        guard let guild = given.snowflake("guild_id"), world.index(of: guild) != nil else { return }
        var fields = given
        fields.set("user_id", world.botID)
        happen("VOICE_STATE_UPDATE", fields, now)
        guard given.snowflake("channel_id") != nil else { return }
        let server = JSONText.object { writer in
            writer.member("token", "simulated")
            writer.member("guild_id", guild)
            writer.memberNull("endpoint")
        }
        broadcast(Dispatch("VOICE_SERVER_UPDATE", guild: guild, d: server), now: now)
    }

    mutating func happen(_ name: String, _ fields: JSONFields, _ now: Instant) {
        guard let dispatches = try? world.perform(name, fields, now: now) else { return }
        for dispatch in dispatches { broadcast(dispatch, now: now) }
    }

    mutating func answer(sounds guilds: [Snowflake], _ id: ClientID, _ now: Instant) {
        for guild in guilds.compactMap({ world.guild($0) }) {
            let d = JSONText.object { writer in
                writer.member("guild_id", guild.id)
                writer.member(
                    "soundboard_sounds",
                    raw: guild.fields["soundboard_sounds"] ?? JSONText.emptyArray
                )
            }
            deliver("SOUNDBOARD_SOUNDS", guild: guild.id, d: d, toClient: id, now)
        }
    }

    /// GUILD_MEMBERS_CHUNK in pieces of 1000. Everybody at once: one request per guild in 30 s.
    mutating func answer(_ request: ClientRequest.Members, _ id: ClientID, _ now: Instant) {
        guard let guild = world.guild(request.guild),
            let session = sessions.first(where: { $0.id == clients[id]?.session })
        else { return }
        let everybody = request.users.isEmpty && (request.query ?? "").isEmpty && request.limit == 0
        if everybody {
            guard session.intents.contains(.guildMembers) else { return }
            if let last = memberRequests[guild.id], last + .seconds(30) > now.monotonic {
                deliver(
                    "RATE_LIMITED",
                    guild: nil,
                    d: tooMany(request, last + .seconds(30) - now.monotonic),
                    toClient: id,
                    now
                )
                return
            }
            memberRequests[guild.id] = now.monotonic
        }
        let found = matches(request, guild)
        let missing = request.users.filter { !guild.members.contains($0) }
        let chunks = max(1, (found.count + 999) / 1000)
        let withPresences = request.presences && session.intents.contains(.guildPresences)
        for chunk in 0..<chunks {
            let members = found.dropFirst(chunk * 1000).prefix(1000)
            let d = JSONText.object { writer in
                writer.member("guild_id", guild.id)
                writer.member("members", raw: JSONText.array(members.map(\.json)))
                writer.member("chunk_index", chunk)
                writer.member("chunk_count", chunks)
                writer.member("not_found", raw: JSONText.ids(chunk == 0 ? missing : []))
                if withPresences {
                    let presences = members.compactMap { guild.presences[$0.id]?.encoded() }
                    writer.member("presences", raw: JSONText.array(presences))
                }
                if let nonce = request.nonce { writer.member("nonce", nonce) }
            }
            deliver("GUILD_MEMBERS_CHUNK", guild: guild.id, d: d, toClient: id, now)
        }
    }

    private func matches(_ request: ClientRequest.Members, _ guild: Guild) -> [Member] {
        if !request.users.isEmpty { return request.users.compactMap { guild.members[$0] } }
        let prefix = (request.query ?? "").lowercased()
        let limit =
            request.limit > 0
            ? (prefix.isEmpty ? request.limit : min(100, request.limit)) : prefix.isEmpty ? .max : 100
        let found = guild.members.values.filter {
            prefix.isEmpty || $0.username.lowercased().hasPrefix(prefix)
                || $0.displayName.lowercased().hasPrefix(prefix)
        }
        return Array(found.prefix(limit))
    }

    private func tooMany(_ request: ClientRequest.Members, _ wait: Duration) -> [UInt8] {
        JSONText.object { writer in
            writer.member("opcode", 8)
            writer.member("retry_after", wait / .seconds(1))
            let meta = JSONText.object { writer in
                writer.member("guild_id", request.guild)
                if let nonce = request.nonce { writer.member("nonce", nonce) }
            }
            writer.member("meta", raw: meta)
        }
    }
}
