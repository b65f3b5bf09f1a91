internal import Base
internal import JSON

/// Invites made over REST, at most 1,000; the oldest give way.
package struct InviteTable: Sendable {
    struct Invite: Sendable {
        let code: String
        let guild: Snowflake
        let channel: Snowflake
        let fields: JSONFields
    }

    private var invites: [Invite] = []
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    mutating func newCode() -> String { String(random.next() % 2_821_109_907_456, radix: 36) }

    mutating func add(_ invite: Invite) {
        if invites.count >= 1000 { invites.removeFirst() }
        invites.append(invite)
    }

    func find(_ code: String?) -> Invite? { invites.first { $0.code == code } }
    mutating func remove(_ code: String) { invites.removeAll { $0.code == code } }

    func list(_ isWanted: (Invite) -> Bool) -> [UInt8] {
        JSONText.array(invites.filter(isWanted).map { $0.fields.encoded() })
    }
}

enum InviteEndpoints {
    static let all: [Endpoint] = [
        Endpoint("GET", "/invites/{code}", needsToken: false) { core, call throws(RESTReply) in
            guard let invite = core.invites.find(call.text("code")) else {
                throw RESTReply.unknownInvite
            }
            return RESTReply(invite.fields.encoded())
        },
        Endpoint("DELETE", "/invites/{code}") { core, call throws(RESTReply) in
            guard let invite = core.invites.find(call.text("code")) else {
                throw RESTReply.unknownInvite
            }
            try core.require(.manageChannels, try core.place(invite.channel, call.now), call.now)
            core.invites.remove(invite.code)
            try core.tell("INVITE_DELETE", in: invite.guild, call.now) { fields in
                fields.set("channel_id", invite.channel)
                fields.set("code", invite.code)
            }
            return RESTReply(invite.fields.encoded())
        },
        Endpoint("GET", "/guilds/{guild}/invites") { core, call throws(RESTReply) in
            let guild = try core.guild(call)
            try core.require(.manageGuild, guild)
            return RESTReply(core.invites.list { $0.guild == guild.id })
        },
    ]
}
