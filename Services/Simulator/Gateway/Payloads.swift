internal import Base
internal import JSON

/// What the gateway sends besides dispatches.
package enum OpPayload {
    package static func hello(_ interval: Duration) -> [UInt8] {
        let milliseconds = Int(interval / .milliseconds(1))
        let text =
            #"{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":\#(milliseconds),"_trace":["simulator"]}}"#
        return Array(text.utf8)
    }

    package static let heartbeatAck = Array(#"{"t":null,"s":null,"op":11,"d":null}"#.utf8)
    package static let heartbeat = Array(#"{"t":null,"s":null,"op":1,"d":null}"#.utf8)
    package static let reconnect = Array(#"{"t":null,"s":null,"op":7,"d":null}"#.utf8)

    package static func invalidSession(resumable: Bool) -> [UInt8] {
        Array(#"{"t":null,"s":null,"op":9,"d":\#(resumable)}"#.utf8)
    }
}

/// `d` of READY.
enum ReadyPayload {
    static func encode(world: World, guilds: [Guild], session: SessionMachine, url: String) -> [UInt8] {
        var user = world.bot
        user.set("verified", true)
        user.set("mfa_enabled", true)
        user.setNull("email")
        user.set("flags", 0)
        let waiting = guilds.map { guild in
            JSONText.object { writer in
                writer.member("id", guild.id)
                writer.member("unavailable", true)
            }
        }
        return JSONText.object { writer in
            writer.member("v", 10)
            writer.member("user", raw: user.encoded())
            writer.member("user_settings", raw: JSONText.emptyObject)
            writer.member("session_type", "normal")
            writer.member("session_id", session.id)
            writer.member("resume_gateway_url", url)
            for name in ["relationships", "private_channels", "presences", "guild_join_requests"] {
                writer.member(name, raw: JSONText.emptyArray)
            }
            writer.member("guilds", raw: JSONText.array(waiting))
            writer.member("shard", raw: Array("[\(session.shard),\(session.shardCount)]".utf8))
            let application = JSONText.object { writer in
                writer.member("id", world.applicationID)
                writer.member("flags", 8_953_856)
            }
            writer.member("application", raw: application)
            writer.member("_trace", raw: Array(#"["simulator"]"#.utf8))
        }
    }
}
