internal import RedisClient

/// What Redis runs in one step.
///
/// The ends of a log are looked up by reading its first or last entry, not by `XINFO STREAM`, which answers with both
/// entries' contents: the snapshot of a large guild among them would go over the wire with each look.
enum BusScripts {
    /// A log's last id; empty text when there is none. Where entries were removed by hand the stream still knows.
    private static let topOf = """
        local function topOf(log)
            local rows = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)
            if #rows > 0 then return rows[1][1] end
            if redis.call('EXISTS', log) == 0 then return '' end
            local info = redis.call('XINFO', 'STREAM', log)
            for i = 1, #info, 2 do
                if info[i] == 'last-generated-id' and info[i + 1] ~= '0-0' then return info[i + 1] end
            end
            return ''
        end
        local function firstOf(log)
            local rows = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)
            if #rows > 0 then return rows[1][1] end
            return ''
        end

        """

    /// A log's first and last id. KEYS: log.
    static let bounds = RedisScript(topOf + "return {firstOf(KEYS[1]), topOf(KEYS[1])}")

    /// Entries, and the log's first and last id; the first only where there are entries. KEYS: log. ARGV: start of the
    /// range, most entries.
    static let page = RedisScript(
        topOf
            + """
            local rows = redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])
            local first = ''
            if #rows > 0 then first = firstOf(KEYS[1]) end
            return {first, topOf(KEYS[1]), rows}
            """
    )

    /// Appends frames to a log while each one's `prev` is the log's top (none: the log is empty), and publishes what
    /// was appended as one frame. Stops in front of the first frame that does not fit. Answers how many frames were
    /// appended and the log's top (empty text: none).
    ///
    /// Nothing here can fail behind the first write: ids were checked to ascend, and Redis checks its memory in front
    /// of a script's first write only.
    ///
    /// KEYS: log, set of shards. ARGV: channel, shard, longest log, field, then per frame: `prev` (empty: none),
    /// number of events, and id and envelope of each.
    static let append = RedisScript(
        topOf + """
            local top = topOf(KEYS[1])
            local fresh = top == ''
            local at, accepted, sent, before = 5, 0, {}, nil
            while at <= #ARGV do
                local prev, count = ARGV[at], tonumber(ARGV[at + 1])
                if top ~= prev then break end
                if fresh then
                    redis.call('SADD', KEYS[2], ARGV[2])
                    fresh = false
                end
                before = before or prev
                for i = at + 2, at + 2 * count, 2 do
                    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], ARGV[i], ARGV[4], ARGV[i + 1])
                    sent[#sent + 1] = ARGV[i + 1]
                    top = ARGV[i]
                end
                accepted = accepted + 1
                at = at + 2 + 2 * count
            end
            if accepted > 0 then
                local prev = before == '' and 'null' or '"' .. before .. '"'
                redis.call('PUBLISH', ARGV[1],
                    '{"shard":"' .. ARGV[2] .. '","prev":' .. prev .. ',"data":[' .. table.concat(sent, ',') .. ']}')
            end
            return {accepted, top}
            """
    )

    /// Keeps a snapshot unless a later one is kept. KEYS: hash. ARGV: guild, epoch, number, encoded state.
    ///
    /// Numbers are compared as text, shorter is smaller: Lua's own would lose digits past 2^53.
    static let saveSnapshot = RedisScript(
        """
        local function compare(a, b)
            if #a ~= #b then return #a < #b and -1 or 1 end
            return a < b and -1 or (a > b and 1 or 0)
        end
        local kept = redis.call('HGET', KEYS[1], ARGV[1])
        if kept then
            local epoch, number = string.match(kept, '^(%d+)-(%d+) ')
            if epoch then
                local order = compare(epoch, ARGV[2])
                if order == 0 then order = compare(number, ARGV[3]) end
                if order > 0 then return 0 end
            end
        end
        redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. '-' .. ARGV[3] .. ' ' .. ARGV[4])
        return 1
        """
    )
}
