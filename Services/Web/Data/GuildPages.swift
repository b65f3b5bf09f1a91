import Base

/// Guilds of one caller, in the order of their ids.
struct GuildPage: Sendable {
    var looks: [GuildLook] = []
    /// Behind which guild it goes on; nil: that was all.
    var next: Snowflake?
    /// Guilds of which nobody could say now whether they are the caller's.
    var unknown = 0

    /// Throws what is no answer about a guild.
    fileprivate mutating func take(_ answer: Result<GuildLook, Problem>) throws(Problem) {
        switch answer {
        case .success(let look): looks.append(look)
        case .failure(let problem) where problem.status == 404: break
        case .failure(let problem) where problem.status == 503: unknown += 1
        case .failure(let problem): throw problem
        }
    }
}

/// How many guilds a replica asks the gateways about for lists at once: streams ask them too, and must find room.
package final class PageRoom: Sendable {
    package static let looksMax = 64

    private let taken = Locked(0)

    package init() {}

    /// False: there is no room for so many now.
    package func take(_ count: Int) -> Bool {
        taken.withLock { taken in
            guard taken + count <= Self.looksMax else { return false }
            taken += count
            return true
        }
    }

    package func giveBack(_ count: Int) { taken.withLock { $0 -= count } }
}

extension GuildDesk {
    /// Guilds that one page looks at: for each the gateway is asked.
    static let scannedMax = 512
    /// How many it is asked for at once.
    private static let askedAtOnce = 32

    /// Throws 503 where nobody can say anything now.
    func guilds(for caller: Caller, after: Snowflake?, limit: Int, now: Int64) async throws(Problem)
        -> GuildPage
    {
        guard await hub.missing == nil else { throw Self.notReady }
        var page = GuildPage()
        var all = await guilds()
        if let key = caller.key { all = all.filter { $0 == key.guild } }
        let wanted = all.filter { $0 > after ?? Snowflake(0) }
        var scanned = 0
        while scanned < min(wanted.count, Self.scannedMax), page.looks.count < limit {
            let some = Array(wanted[scanned...].prefix(Self.askedAtOnce))
            // What was found so far is a page too.
            guard pageRoom.take(some.count) else {
                guard scanned > 0 else { throw Self.tooManyPages }
                break
            }
            let answers = await looks(at: some, for: caller, now: now)
            pageRoom.giveBack(some.count)
            // Who asked has gone.
            guard !Task.isCancelled else { throw Self.silence }
            let unknownBefore = page.unknown
            for answer in answers where page.looks.count < limit {
                scanned += 1
                try page.take(answer)
            }
            page.next = scanned < wanted.count ? wanted[scanned - 1] : nil
            // The rest would cost the same time, and tell as little.
            if page.unknown - unknownBefore == some.count { break }
        }
        guard page.unknown < scanned || scanned == 0 else { throw Self.silence }
        return page
    }

    private static let tooManyPages = Problem.unavailable(
        "Too many lists of guilds are asked for. Try again."
    )

    /// In the order that was asked.
    private func looks(at guilds: [Snowflake], for caller: Caller, now: Int64) async
        -> [Result<GuildLook, Problem>]
    {
        await withTaskGroup(of: (Int, Result<GuildLook, Problem>).self) { group in
            for (index, guild) in guilds.enumerated() {
                group.addTask {
                    do throws(Problem) {
                        return (index, .success(try await look(at: guild, for: caller, now: now)))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var found: [(Int, Result<GuildLook, Problem>)] = []
            for await one in group { found.append(one) }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
