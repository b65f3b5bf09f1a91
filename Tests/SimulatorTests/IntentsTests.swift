import JSON
import Simulator
import Testing

@Suite struct IntentsTests {
    @Test func `lets through what the session asked for`() throws {
        let table: [(String, Intents)] = [
            ("VOICE_STATE_UPDATE", .guildVoiceStates), ("PRESENCE_UPDATE", .guildPresences),
            ("MESSAGE_CREATE", .guildMessages), ("MESSAGE_REACTION_ADD", .guildMessageReactions),
            ("TYPING_START", .guildMessageTyping), ("GUILD_MEMBER_ADD", .guildMembers),
            ("CHANNEL_UPDATE", .guilds),
            ("GUILD_BAN_ADD", .guildModeration), ("INVITE_CREATE", .guildInvites),
        ]
        let guild = CoreBench().core.world.guilds[0].id
        for (name, intent) in table {
            let dispatch = Dispatch(name, guild: guild, d: [])
            #expect(intent.admits(dispatch), "\(name)")
            #expect(!Intents.all.subtracting(intent).admits(dispatch), "\(name)")
        }
        #expect(Intents([]).admits(Dispatch("INTERACTION_CREATE", guild: guild, d: [])))
        #expect(Intents([]).admits(Dispatch("GUILD_MEMBER_UPDATE", guild: guild, d: [], concernsBot: true)))
    }

    @Test func `strips content unless it concerns the bot`() throws {
        var bench = CoreBench()
        _ = bench.identified(intents: UInt64(Intents([.guilds, .guildMessages]).rawValue))
        let guild = bench.core.world.guilds[0]
        let start = #"{"channel_id":"\#(guild.textChannels[0])","content":"secret","embeds":[{}]"#
        _ = try bench.happen("MESSAGE_CREATE", start + "}")
        let bare = try #require(bench.heard().first?["d"])
        #expect(bare["content"]?.string == "" && bare["embeds"]?.array?.isEmpty == true)
        _ = try bench.happen("MESSAGE_CREATE", start + #","mentions":[{"id":"\#(bench.core.world.botID)"}]}"#)
        #expect(bench.heard().first?["d"]?["content"]?.string == "secret")
        _ = try bench.happen("MESSAGE_CREATE", start + #","author":{"id":"\#(bench.core.world.botID)"}}"#)
        #expect(bench.heard().first?["d"]?["content"]?.string == "secret")
    }

    @Test func `shapes GUILD_CREATE by intents and threshold`() throws {
        let guild = CoreBench(members: 300).core.world.guilds[0]
        func create(_ intents: Intents, _ threshold: Int) throws -> JSONValue {
            let bytes = guild.createPayload(intents: intents, largeThreshold: threshold, bot: guild.botID)
            return try JSONDocument(parsing: bytes).root
        }
        let all = try create(.all, 500)
        #expect(all["members"]?.array?.count == 300 && all["large"]?.bool == false)
        #expect(all["presences"]?.array?.count == guild.presences.count)
        let large = try create(.all, 250)
        #expect(large["large"]?.bool == true && large["member_count"]?.int == 300)
        #expect(large["members"]?.array?.count == guild.presences.count)
        let blind = try create([.guilds], 500)
        #expect(blind["members"]?.array?.count == guild.voice.count + 1)
        #expect(blind["presences"]?.array?.isEmpty == true && blind["voice_states"]?.array?.isEmpty == true)
    }
}
