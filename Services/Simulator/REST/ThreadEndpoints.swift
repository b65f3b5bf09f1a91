internal import Base
internal import JSON

/// Threads and who is in them.
enum ThreadEndpoints {
    static let all: [Endpoint] = [
        ofThread("GET", "/channels/{channel}/thread-members") { core, place, call throws(RESTReply) in
            let limit = try call.limit(100, 1...100)
            var ids = (place.guild.threadMembers[place.id]?.ids ?? []).sorted()
            if call.flag("with_member") {
                // In pages only where `with_member` is asked for. Discord, "List Thread Members".
                let after = call.query("after").flatMap { Snowflake($0) } ?? Snowflake(0)
                ids = Array(ids.filter { $0 > after }.prefix(limit))
            }
            return RESTReply(JSONText.array(ids.compactMap { member($0, place, call) }))
        },
        ofThread("GET", "/channels/{channel}/thread-members/{user}") { core, place, call throws(RESTReply) in
            guard let found = member(user(call, core), place, call) else { throw RESTReply.unknownMember }
            return RESTReply(found)
        },
        ofThread("PUT", "/channels/{channel}/thread-members/{user}") { core, place, call throws(RESTReply) in
            let user = user(call, core)
            guard place.guild.members.contains(user) else { throw RESTReply.unknownMember }
            try core.tell("THREAD_MEMBERS_UPDATE", in: place.guild.id, call.now) { fields in
                fields.set("id", place.id)
                fields["added_members"] = JSONText.array([JSONText.object { $0.member("user_id", user) }])
            }
            return .noContent
        },
        ofThread("DELETE", "/channels/{channel}/thread-members/{user}") {
            core,
            place,
            call throws(RESTReply) in
            let user = user(call, core)
            if user != core.world.botID { try core.require(.manageThreads, place, call.now) }
            try core.tell("THREAD_MEMBERS_UPDATE", in: place.guild.id, call.now) { fields in
                fields.set("id", place.id)
                fields.set("removed_member_ids", [user])
            }
            return .noContent
        },
        Endpoint("POST", "/channels/{channel}/threads") { core, call throws(RESTReply) in
            try start(&core, call, try core.place(call), from: nil)
        },
        Endpoint("POST", MessageEndpoints.one + "/threads") { core, call throws(RESTReply) in
            let (place, entry) = try core.message(call)
            return try start(&core, call, place, from: entry.id)
        },
    ]

    private typealias Answer =
        @Sendable (inout GatewayCore, Place, RESTCall) throws(RESTReply) -> RESTReply

    private static func ofThread(_ method: String, _ path: String, _ answer: @escaping Answer) -> Endpoint {
        Endpoint(method, path) { core, call throws(RESTReply) in
            let place = try core.place(call)
            guard place.isThread else { throw RESTReply.wrongChannelType }
            return try answer(&core, place, call)
        }
    }

    private static func user(_ call: RESTCall, _ core: GatewayCore) -> Snowflake {
        call.text("user") == "@me" ? core.world.botID : call.id("user") ?? Snowflake(0)
    }

    private static func member(_ user: Snowflake, _ place: Place, _ call: RESTCall) -> [UInt8]? {
        guard var fields = place.guild.threadMember(user, in: place.id) else { return nil }
        if call.flag("with_member") { fields["member"] = place.guild.members[user]?.json }
        return fields.encoded()
    }

    private static func start(
        _ core: inout GatewayCore,
        _ call: RESTCall,
        _ place: Place,
        from message: Snowflake?
    ) throws(RESTReply) -> RESTReply {
        guard [0, 5, 15].contains(place.type) else { throw RESTReply.wrongChannelType }
        let given = try call.body()
        guard let name = given.string("name"), 1...100 ~= name.count else {
            throw RESTReply.badLength("name", 1...100)
        }
        let type = message != nil || place.type == 15 ? (place.type == 5 ? 10 : 11) : given.int("type") ?? 12
        try core.require(type == 12 ? .createPrivateThreads : .createPublicThreads, place, call.now)
        let id = message ?? core.world.newID(call.now)
        guard !place.guild.threads.contains(id) else {
            throw RESTReply.error(400, 160_004, "A thread has already been created for this message")
        }
        try core.tell("THREAD_CREATE", in: place.guild.id, call.now) { fields in
            fields.set("id", id)
            fields.set("parent_id", place.id)
            fields.set("type", type)
            fields.set("name", name)
            fields.set("owner_id", place.guild.botID)
        }
        return RESTReply(ChannelEndpoints.shown(try core.place(id, call.now)), status: 201)
    }
}
