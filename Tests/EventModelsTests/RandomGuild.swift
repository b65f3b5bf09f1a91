import Base
import EventModels

/// A small guild by chance, and a second way to its permissions: bit by bit, as the documentation's sentences say it.
struct RandomGuild {
    struct PlainOverwrite {
        let target: UInt64
        let isMember: Bool
        let allow: UInt64
        let deny: UInt64
    }

    struct PlainChannel {
        let id: UInt64
        let type: Int
        let parent: UInt64?
        var overwrites: [PlainOverwrite] = []
    }

    static let guild: UInt64 = 1
    static let user: UInt64 = 50
    let now: Int64 = 1000
    let owner: UInt64
    private(set) var roles: [UInt64: UInt64] = [:]
    let mine: [UInt64]
    let timedOutUntil: Int64?
    let threads: [UInt64]
    private(set) var channels: [PlainChannel] = []
    let viewer: Viewer
    private(set) var state: GuildState

    init(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        func chance(_ part: Int) -> Bool { Int.random(in: 0..<part, using: &random) == 0 }
        // Bits that interact, so that few random ones meet often.
        let bits: [UInt64] = [3, 10, 11, 14, 16, 17, 20, 21, 34, 38]
        func some(_ administrator: Bool) -> UInt64 {
            bits.reduce(0) { $0 | (($1 != 3 || administrator) && chance(3) ? 1 << $1 : 0) }
        }
        owner = chance(20) ? Self.user : 51
        roles[Self.guild] = chance(50) ? nil : some(chance(30)) | (chance(3) ? 0 : 1 << 10)
        for role in 2...5 as ClosedRange<UInt64> where !chance(5) { roles[role] = some(chance(20)) }
        let held = (2...5 as ClosedRange<UInt64>).filter { _ in chance(2) }
        mine = held
        timedOutUntil = chance(8) ? Int64.random(in: 990...1010, using: &random) : nil
        let joined = (20...23 as ClosedRange<UInt64>).filter { _ in chance(2) }
        threads = joined
        for id in 10...13 as ClosedRange<UInt64> {
            var channel = PlainChannel(id: id, type: [0, 0, 2, 13][Int(id) - 10], parent: nil)
            for target in [Self.guild, 2, 3, 4, 5, Self.user, 51] where chance(3) {
                let isMember = target >= Self.user
                channel.overwrites.append(
                    PlainOverwrite(target: target, isMember: isMember, allow: some(false), deny: some(false))
                )
            }
            channels.append(channel)
        }
        for (index, type) in [11, 12, 12, 10].enumerated() {
            let parents: [UInt64?] = [10, 11, 20, nil]
            let parent = parents[Int.random(in: 0..<4, using: &random)]
            channels.append(PlainChannel(id: 20 + UInt64(index), type: type, parent: parent))
        }
        viewer = Viewer(
            id: Snowflake(Self.user),
            roles: Set(held.map { Snowflake($0) }),
            timedOutUntil: timedOutUntil
        )
        state = GuildState(id: Snowflake(Self.guild), ownerID: Snowflake(owner))
        fill()
    }

    private mutating func fill() {
        // Others are in every private thread: that says nothing about the viewer.
        for thread in 20...23 as ClosedRange<UInt64> {
            let members = [51] + (threads.contains(thread) ? [Self.user] : [])
            state.threadMembers[Snowflake(thread)] = Set(members.map { Snowflake($0) })
        }
        for (id, bits) in roles {
            state.roles[Snowflake(id)] = Role(
                id: Snowflake(id),
                name: "",
                permissions: Permissions(rawValue: bits),
                position: 0,
                color: 0
            )
        }
        for channel in channels {
            state.channels[Snowflake(channel.id)] = Channel(
                id: Snowflake(channel.id),
                name: "",
                type: channel.type,
                parentID: channel.parent.map { Snowflake($0) },
                position: 0,
                topic: nil
            )
            state.overwrites[Snowflake(channel.id)] = channel.overwrites.map { plain in
                Overwrite(
                    id: Snowflake(plain.target),
                    isMember: plain.isMember,
                    allow: Permissions(rawValue: plain.allow),
                    deny: Permissions(rawValue: plain.deny)
                )
            }
        }
    }

    // MARK: The second way

    private static let everything: UInt64 = 8_866_461_766_385_663

    func permissions(in id: UInt64) -> UInt64 {
        guard let channel = channels.first(where: { $0.id == id }) else { return 0 }
        if owner == Self.user || (roles[Self.guild] != nil && hasByRole(3)) { return Self.everything }
        guard roles[Self.guild] != nil else { return 0 }
        var result: UInt64 = 0
        for bit in 0..<53 as Range<UInt64> where has(bit, channel) { result |= 1 << bit }
        return result
    }

    private func hasByRole(_ bit: UInt64) -> Bool {
        ([Self.guild] + mine).contains { ((roles[$0] ?? 0) >> bit) & 1 == 1 }
    }

    /// A permission and the ones it is moot without.
    private func has(_ bit: UInt64, _ channel: PlainChannel) -> Bool {
        let needed: [UInt64]
        switch bit {
        case 10: needed = []
        case 12, 14, 15, 17: needed = [10, 11]
        case 8, 9, 21, 22, 23, 24, 25, 32, 39, 42, 45, 48:
            needed = [2, 13].contains(channel.type) ? [10, 20] : [10]
        default: needed = [10]
        }
        return (needed + [bit]).allSatisfy { granted($0, channel) }
    }

    private func granted(_ bit: UInt64, _ channel: PlainChannel) -> Bool {
        let isTimedOut = timedOutUntil.map { $0 > now } ?? false
        if isTimedOut, bit != 10, bit != 16 { return false }
        guard (10...12).contains(channel.type) else { return inChannel(bit, channel) }
        guard let parent = channels.first(where: { $0.id == channel.parent }),
            !(10...12).contains(parent.type)
        else {
            return false
        }
        let manages = !isTimedOut && inChannel(34, parent)
        if channel.type == 12, !threads.contains(channel.id), !manages { return false }
        return inChannel(bit == 11 ? 38 : bit, parent)
    }

    /// The first level that speaks decides: the member, then any role, then @everyone, then the roles themselves.
    private func inChannel(_ bit: UInt64, _ channel: PlainChannel) -> Bool {
        let levels: [(PlainOverwrite) -> Bool] = [
            { $0.isMember && $0.target == Self.user },
            { !$0.isMember && mine.contains($0.target) && roles[$0.target] != nil },
            { !$0.isMember && $0.target == Self.guild },
        ]
        for isMeant in levels {
            let meant = channel.overwrites.filter(isMeant)
            if meant.contains(where: { ($0.allow >> bit) & 1 == 1 }) { return true }
            if meant.contains(where: { ($0.deny >> bit) & 1 == 1 }) { return false }
        }
        return hasByRole(bit)
    }
}
