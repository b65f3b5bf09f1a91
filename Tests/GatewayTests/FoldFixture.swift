import Base
import DiscordProtocol
import EventModels
import Gateway
import JSON

/// A fold with its state, fed by name and JSON text; keeps what a replica would hold beside it.
struct FoldFixture {
    static let guild = Snowflake(800)
    var fold = Fold(cdn: CDN(base: "https://cdn.example"), guildFilter: nil)
    var state = ShardState()
    /// Fed by the events alone.
    var replica = GuildStates()
    var sequence: UInt64 = 0
    /// What was fed, as a journal has it.
    var records: [JournalRecord] = []

    /// The dispatch's events, as `kind payload` without what every event has.
    @discardableResult
    mutating func feed(_ name: String, _ json: String) throws -> [StreamEvent] {
        sequence += 1
        let dispatch = Dispatch(sequence: sequence, name: name, data: try JSONDocument(parsing: json).root)
        records.append(JournalRecord(wall: 1000 + Int64(sequence), .dispatch(dispatch)))
        let events = fold.apply(dispatch, epoch: 5, ts: 1000 + Int64(sequence), to: &state)
        for event in events { replica.apply(try StreamEvent(parsing: event.envelope)) }
        return events
    }

    /// The same by way of the journal's records, in session `s` and epoch 5.
    func folded(quarantine: Set<FoldMark> = []) throws -> FoldedShard {
        var shard = FoldedShard(shard: .only)
        let began = JournalRecord(wall: 5, .sessionBegan(id: "s", resumeURL: "ws://x", epoch: 5))
        let marks = quarantine.sorted().map { JournalRecord(wall: 5, .quarantined($0)) }
        for record in [began] + marks + records { _ = shard.apply(record, fold: fold) }
        return shard
    }

    /// A guild with @everyone, a role, a text and a voice channel and two members, one of them in voice and online.
    static func started(cdn: CDN? = nil) throws -> FoldFixture {
        var fixture = FoldFixture()
        if let cdn { fixture.fold = Fold(cdn: cdn, guildFilter: nil) }
        try fixture.feed("READY", #"{"guilds":[{"id":"800","unavailable":true}],"session_id":"s"}"#)
        try fixture.feed("GUILD_CREATE", guildCreate())
        return fixture
    }

    static func user(_ id: Int, _ name: String) -> String {
        #"{"id":"\#(id)","username":"\#(name)","discriminator":"0","global_name":null,"avatar":null}"#
    }

    static func member(_ id: Int, _ name: String, nick: String? = nil, roles: [Int] = [], extra: String = "")
        -> String
    {
        let nick = nick.map { "\"\($0)\"" } ?? "null"
        let roles = roles.map { "\"\($0)\"" }.joined(separator: ",")
        return
            #"{"guild_id":"800","user":\#(user(id, name)),"nick":\#(nick),"roles":[\#(roles)],"pending":false\#(extra)}"#
    }

    static func voice(_ user: Int, channel: Int?, flags: String = "") -> String {
        let channel = channel.map { "\"\($0)\"" } ?? "null"
        return #"{"guild_id":"800","user_id":"\#(user)","channel_id":\#(channel)\#(flags)}"#
    }

    static func guildCreate(voice: [String] = [voice(11, channel: 2)], name: String = "G") -> String {
        #"""
        {"id":"800","name":"\#(name)","icon":"ff","owner_id":"11","member_count":2,"large":false,
        "roles":[{"id":"800","name":"@everyone","permissions":"1024","position":0,"color":0},
                 {"id":"20","name":"Mod","permissions":"8","position":1,"color":255}],
        "channels":[{"id":"1","type":0,"name":"text","position":0,"permission_overwrites":[]},
                    {"id":"2","type":2,"name":"Lounge","position":1,"permission_overwrites":[]},
                    {"id":"3","type":2,"name":"Back","position":2,"permission_overwrites":[
                      {"id":"800","type":0,"allow":"0","deny":"1024"}]}],
        "members":[\#(member(12, "bob")),\#(member(11, "ann", nick: "Annie"))],
        "voice_states":[\#(voice.joined(separator: ","))],
        "presences":[{"user":{"id":"11"},"status":"online","client_status":{"web":"online","desktop":"idle"},
                      "activities":[{"type":4,"name":"Custom"},{"type":0,"name":"Chess"}]}],"threads":[]}
        """#
    }
}

extension [StreamEvent] {
    var kinds: [String] { map(\.name) }
}

extension StreamEvent {
    /// A member of the payload as text, whatever its kind.
    func text(_ name: String) -> String? { payload?[name].map { String(decoding: $0.raw, as: UTF8.self) } }
}
