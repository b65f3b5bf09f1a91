internal import Base

/// Which guilds' members are to be asked for (op 8), and when: each guild once in 30 s, and only so many guilds at a time, so
/// that their chunks do not come all at once. What was asked for is *open* until all of it has come, or nothing for a while.
struct MemberRequests: Sendable {
    /// Discord's limit is 30 s; a second more, as its clock may begin later.
    static let perGuild = Duration.seconds(31)
    static let openMax = 16
    /// Without a chunk, the answer is taken for lost.
    static let silenceMax = Duration.seconds(60)
    /// Of what Discord asks us to wait.
    static let pauseMax = Duration.seconds(3600)

    /// Oldest first; each guild once.
    private var queue: [(guild: Snowflake, command: GatewayCommand)] = []
    private var queued: Set<Snowflake> = []
    /// Before when Discord would refuse; forgotten when it is over.
    private var notBefore: [Snowflake: Duration] = [:]
    /// When something was heard of those that are open.
    private var open: [Snowflake: Duration] = [:]

    mutating func ask(_ command: GatewayCommand, for guild: Snowflake) {
        guard queued.insert(guild).inserted else { return }
        open[guild] = nil
        queue.append((guild, command))
    }

    /// The next that may be sent now; `sent` takes it out.
    func ready(now: Duration) -> (guild: Snowflake, command: GatewayCommand)? {
        guard open.count < Self.openMax else { return nil }
        return queue.first { notBefore[$0.guild] ?? .zero <= now }
    }

    mutating func sent(_ guild: Snowflake, now: Duration) {
        remove(guild)
        notBefore = notBefore.filter { $0.value > now }
        notBefore[guild] = now + Self.perGuild
        open[guild] = now
    }

    /// A chunk came; all of them: it need not be asked for again.
    mutating func heard(of guild: Snowflake, isAll: Bool, now: Duration) {
        if isAll {
            open[guild] = nil
            remove(guild)
        } else if open[guild] != nil {
            open[guild] = now
        }
    }

    mutating func refused(_ guild: Snowflake, pause: Duration, now: Duration) {
        open[guild] = nil
        notBefore[guild] = now + min(max(pause, .seconds(1)), Self.pauseMax)
    }

    /// Those whose answer is taken for lost; no longer open. By id.
    mutating func takeOverdue(now: Duration) -> [Snowflake] {
        let overdue = open.filter { $0.value + Self.silenceMax <= now }.map(\.key).sorted()
        for guild in overdue { open[guild] = nil }
        return overdue
    }

    /// What is open may have gone with the connection.
    mutating func connectionEnded() { open = [:] }

    /// When to look again, besides for what is ready now.
    func due(now: Duration) -> Duration? {
        var times = open.values.map { $0 + Self.silenceMax }
        if open.count < Self.openMax {
            times += queue.compactMap { notBefore[$0.guild] }.filter { $0 > now }
        }
        return times.min()
    }

    private mutating func remove(_ guild: Snowflake) {
        if queued.remove(guild) != nil { queue.removeAll { $0.guild == guild } }
    }
}
