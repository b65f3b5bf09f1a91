internal import HTTPServer
internal import JSON

extension Simulation {
    /// `{"identifies","refused","resumes","connections","sessions":[{"session","shard","shards","intents","s","connected",
    /// "compress","resumes"}]}`: what a check needs to see that a client resumed and did not identify.
    func controlSessions() -> HTTPResponse {
        let sessions = core.sessions.map { session in
            JSONText.object { writer in
                writer.member("session", session.id)
                writer.member("shard", session.shard)
                writer.member("shards", session.shardCount)
                writer.member("intents", Int(session.intents.rawValue))
                writer.member("s", session.sequence)
                writer.member("connected", session.client != nil)
                writer.member("compress", compression(of: session.client))
                writer.member("resumes", session.resumes)
            }
        }
        return .json(
            JSONText.object { writer in
                writer.member("identifies", core.starts.total)
                writer.member("refused", core.starts.refused)
                writer.member("resumes", core.resumes)
                writer.member("connections", core.clients.count)
                writer.member("dispatches", core.log.count)
                writer.member("sessions", raw: JSONText.array(sessions))
            }
        )
    }

    /// Ids to work with: `[{"id","name","members","voice","owner","watched":[id],"channels":[{"id","name","type"}],
    /// "threads":[{"id","name","type"}]}]`; `watched` as specs/simulator.md says.
    func controlGuilds() -> HTTPResponse {
        let guilds = core.world.guilds.map { guild in
            JSONText.object { writer in
                writer.member("id", guild.id)
                writer.member("name", guild.name)
                writer.member("unavailable", guild.isUnavailable)
                writer.member("members", guild.members.count)
                writer.member("online", guild.presences.count)
                writer.member("voice", guild.voice.count)
                writer.member("owner", guild.ownerID)
                writer.member("watched", raw: JSONText.ids(guild.watched))
                writer.member("channels", raw: named(guild.channels))
                writer.member("threads", raw: named(guild.threads))
            }
        }
        return .json(JSONText.array(guilds))
    }

    private nonisolated func named(_ channels: Table<JSONFields>) -> [UInt8] {
        let list = zip(channels.ids, channels.values).map { id, channel in
            JSONText.object { writer in
                writer.member("id", id)
                writer.member("name", channel.string("name"))
                writer.member("type", channel.int("type"))
            }
        }
        return JSONText.array(list)
    }
}
