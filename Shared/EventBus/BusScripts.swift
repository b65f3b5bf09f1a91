internal import EventModels
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

    /// Reads entries in one direction, a few at a time, until there are enough of them or of their bytes; one always. Answers
    /// id and envelope in turn in one flat array, which costs Redis and who reads it two thirds of what nested ones would; an
    /// entry that does not begin with the field of an event has an empty envelope.
    private static let rowsOf = """
        local function rowsOf(command, log, start, stop, count, bytesMax)
            local rows, at, bytes = {}, 0, 0
            count, bytesMax = 2 * tonumber(count), tonumber(bytesMax)
            while at < count do
                local some = redis.call(command, log, start, stop, 'COUNT', math.min((count - at) / 2, 16))
                if #some == 0 then return rows end
                for _, row in ipairs(some) do
                    local envelope = row[2][1] == '\(RedisKeys.eventField)' and row[2][2] or ''
                    bytes = bytes + #envelope
                    if at > 0 and bytes > bytesMax then return rows end
                    rows[at + 1], rows[at + 2] = row[1], envelope
                    at = at + 2
                end
                start = '(' .. some[#some][1]
            end
            return rows
        end

        """

    /// The newest entries in front of an end, newest first. KEYS: log. ARGV: end of the range, most entries, most bytes.
    static let recent = RedisScript(
        rowsOf + "return rowsOf('XREVRANGE', KEYS[1], ARGV[1], '-', ARGV[2], ARGV[3])"
    )

    /// Entries, and the log's first and last id; the first only where there are entries. KEYS: log. ARGV: start of the
    /// range, most entries, most bytes.
    static let page = RedisScript(
        topOf + rowsOf
            + """
            local rows = rowsOf('XRANGE', KEYS[1], ARGV[1], '+', ARGV[2], ARGV[3])
            local first = ''
            if #rows > 0 then first = firstOf(KEYS[1]) end
            return {first, topOf(KEYS[1]), rows}
            """
    )

    /// Appends frames to a log while each one's `prev` is the log's top (none: the log is empty), and publishes what
    /// was appended as one frame. Stops in front of the first frame that does not fit. Answers how many frames were
    /// appended and the log's top (empty text: none).
    ///
    /// Nothing here can fail behind the first write: ids were checked to ascend, Redis checks its memory in front of a
    /// script's first write only (so that the first one must be a command that it checks), and what is counted fails
    /// without a word.
    ///
    /// KEYS: log, set of shards, size, marks. ARGV: channel, shard, bytes that an entry costs beside its envelope, field,
    /// then per frame: `prev` (empty: none), number of events, and id and envelope of each.
    static let append = RedisScript(
        topOf + """
            local top = topOf(KEYS[1])
            local fresh = top == ''
            local at, accepted, sent, before, bytes = 5, 0, {}, nil, 0
            while at <= #ARGV do
                local prev, count = ARGV[at], tonumber(ARGV[at + 1])
                if top ~= prev then break end
                if fresh then
                    redis.call('SADD', KEYS[2], ARGV[2])
                    redis.call('DEL', KEYS[3], KEYS[4])
                    fresh = false
                end
                before = before or prev
                for i = at + 2, at + 2 * count, 2 do
                    redis.call('XADD', KEYS[1], ARGV[i], ARGV[4], ARGV[i + 1])
                    bytes = bytes + #ARGV[i + 1] + ARGV[3]
                    sent[#sent + 1] = ARGV[i + 1]
                    top = ARGV[i]
                end
                accepted = accepted + 1
                at = at + 2 + 2 * count
            end
            if accepted > 0 then
                redis.pcall('HINCRBY', KEYS[3], 'appended', bytes)
                local prev = before == '' and 'null' or '"' .. before .. '"'
                redis.call('PUBLISH', ARGV[1],
                    '{"shard":"' .. ARGV[2] .. '","prev":' .. prev .. ',"data":[' .. table.concat(sent, ',') .. ']}')
            end
            return {accepted, top}
            """
    )

    /// Marks where a log has come to, where a mark is due, and cuts the log at the newest mark that lies outside its
    /// bounds. Time is Redis' own. Answers the log's top (empty text: none), bytes and entries that are left, and
    /// entries that went.
    ///
    /// A mark says: until this time this many bytes were appended, and this was the last id. So all up to its id are at
    /// least as old as it, whatever their ids look like. The first write is one that needs no memory: a Redis that is
    /// full can be trimmed.
    ///
    /// KEYS: log, size, marks. ARGV: most bytes, greatest age, bytes and age between marks, most marks to cut (all
    /// ages in ms).
    static let trim = RedisScript(
        topOf + """
            local top = topOf(KEYS[1])
            if top == '' then
                redis.call('DEL', KEYS[2], KEYS[3])
                return {'', 0, 0, 0}
            end
            local clock = redis.call('TIME')
            local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
            local size = redis.call('HMGET', KEYS[2], 'appended', 'trimmed')
            local appended, trimmed = tonumber(size[1] or 0), tonumber(size[2] or 0)
            local function mark(index)
                local text = redis.call('LINDEX', KEYS[3], index)
                if not text then return nil end
                local time, bytes, id = string.match(text, '^(%d+) (%d+) (%d+%-%d+)$')
                return {time = tonumber(time), bytes = tonumber(bytes), id = id}
            end
            local newest = mark(-1)
            local cut, removed = nil, 0
            for _ = 1, ARGV[5] do
                local oldest = mark(0)
                if not oldest then break end
                if appended - trimmed <= tonumber(ARGV[1]) and now - oldest.time < tonumber(ARGV[2]) then break end
                redis.call('LPOP', KEYS[3])
                cut, trimmed = oldest.id, oldest.bytes
            end
            if cut then
                removed = redis.call('XTRIM', KEYS[1], 'MINID', cut)
                redis.call('HSET', KEYS[2], 'trimmed', string.format('%.0f', trimmed))
            end
            local isDue = not newest or newest.id ~= top
                and (appended - newest.bytes >= tonumber(ARGV[3]) or now - newest.time >= tonumber(ARGV[4]))
            if isDue then
                redis.pcall('RPUSH', KEYS[3], string.format('%.0f %.0f %s', now, appended, top))
            end
            return {top, appended - trimmed, redis.call('XLEN', KEYS[1]), removed}
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
