import Base

/// Guilds of one caller, in the order of their ids.
struct GuildPage: Sendable {
    var looks: [GuildLook] = []
    /// Behind which guild it goes on; nil: that was all.
    var next: Snowflake?
    /// Guilds of which nobody could say now whether they are the caller's.
    var unknown = 0
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
        var left = all.filter { $0 > after ?? Snowflake(0) }[...]
        var scanned = 0
        while !left.isEmpty, page.looks.count < limit, scanned < Self.scannedMax {
            let some = left.prefix(min(Self.askedAtOnce, limit - page.looks.count))
            left = left.dropFirst(some.count)
            scanned += some.count
            for answer in await looks(at: Array(some), for: caller, now: now) {
                switch answer {
                case .success(let look): page.looks.append(look)
                case .failure(let problem) where problem.status == 404: continue
                case .failure(let problem) where problem.status == 503: page.unknown += 1
                case .failure(let problem): throw problem
                }
            }
            page.next = left.isEmpty ? nil : some.last
        }
        guard page.unknown < scanned || scanned == 0 else { throw Self.silence }
        return page
    }

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
