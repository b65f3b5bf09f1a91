internal import Base
internal import JSON

/// The application's commands: global ones, and those of guilds. At most 100, 15 and 15 of the three types for a scope, and
/// 200 new ones a day for a guild.
package struct CommandRegistry: Sendable {
    /// Nil: global.
    private var scopes: [Snowflake?: Table<JSONFields>] = [:]
    private var created: [Snowflake?: [Duration]] = [:]

    init() {}

    func list(_ guild: Snowflake?) -> [JSONFields] { scopes[guild]?.values ?? [] }
    func find(_ id: Snowflake?, _ guild: Snowflake?) -> JSONFields? { id.flatMap { scopes[guild]?[$0] } }
    mutating func remove(_ id: Snowflake, _ guild: Snowflake?) { scopes[guild]?[id] = nil }

    /// What somebody of a guild would call by this name: the guild's own first.
    func called(_ name: String, type: Int, in guild: Snowflake?) -> JSONFields? {
        (list(guild) + list(nil)).first { $0.string("name") == name && $0.int("type") == type }
    }

    /// Adds a command or replaces the one of its name and type. The answer says whether it is new.
    mutating func put(
        _ command: JSONFields,
        _ guild: Snowflake?,
        world: inout World,
        _ now: Instant
    ) throws(RESTReply) -> (command: JSONFields, isNew: Bool) {
        let type = command.int("type") ?? 1
        let held = list(guild).first { $0.string("name") == command.string("name") && $0.int("type") == type }
        let known = held?.snowflake("id")
        if known == nil {
            let most = type == 1 ? 100 : type == 4 ? 1 : 15
            guard list(guild).count(where: { $0.int("type") == type }) < most else {
                throw RESTReply.error(400, 30032, "Maximum number of application commands reached (\(most))")
            }
            var today = (created[guild] ?? []).filter { $0 + .seconds(86_400) > now.monotonic }
            guard today.count < 200 else {
                throw RESTReply.error(
                    400,
                    30034,
                    "Max number of daily application command creates has been reached (200)"
                )
            }
            today.append(now.monotonic)
            created[guild] = today
        }
        let id = known ?? world.newID(now)
        var whole = JSONFields()
        whole.set("id", id)
        whole.set("application_id", world.applicationID)
        if let guild { whole.set("guild_id", guild) }
        whole.set("version", world.newID(now))
        whole.merge(command)
        if let held, held.without("version") == whole.without("version") { whole = held }
        scopes[guild, default: Table()][id] = whole
        return (whole, known == nil)
    }

    /// Exactly these from now on; all or none.
    mutating func replace(
        _ commands: [JSONFields],
        _ guild: Snowflake?,
        world: inout World,
        _ now: Instant
    ) throws(RESTReply) -> [JSONFields] {
        var next = self
        let names = Set(commands.map { "\($0.int("type") ?? 1) \($0.string("name") ?? "")" })
        for held in list(guild) where !names.contains("\(held.int("type") ?? 1) \(held.string("name") ?? "")")
        {
            if let id = held.snowflake("id") { next.remove(id, guild) }
        }
        var all: [JSONFields] = []
        for command in commands { all.append(try next.put(command, guild, world: &world, now).command) }
        self = next
        return all
    }
}

enum CommandEndpoints {
    static let all: [Endpoint] =
        scope("/applications/{application}/commands")
        + scope("/applications/{application}/guilds/{guild}/commands")
        + [
            Endpoint("GET", "/applications/{application}/guilds/{guild}/commands/permissions") {
                core,
                call throws(RESTReply) in
                _ = try core.guild(call)
                return RESTReply(JSONText.emptyArray)
            },
            Endpoint("GET", "/applications/{application}/guilds/{guild}/commands/{command}/permissions") {
                core,
                call throws(RESTReply) in
                _ = try core.guild(call)
                throw RESTReply.error(404, 10066, "Unknown application command permissions")
            },
        ]

    private static func scope(_ path: String) -> [Endpoint] {
        [
            Endpoint("GET", path) { core, call throws(RESTReply) in
                RESTReply(encoded(core.commands.list(try guild(core, call))))
            },
            Endpoint("POST", path) { core, call throws(RESTReply) in
                let guild = try guild(core, call)
                let given = try CommandForm.read(try call.body())
                let (command, isNew) = try core.commands.put(given, guild, world: &core.world, call.now)
                return RESTReply(command.encoded(), status: isNew ? 201 : 200)
            }.limited(to: 5, in: 20),
            Endpoint("PUT", path) { core, call throws(RESTReply) in
                let guild = try guild(core, call)
                var commands: [JSONFields] = []
                for (index, given) in try call.list().enumerated() {
                    commands.append(try CommandForm.read(given, path: "\(index)."))
                }
                return RESTReply(
                    encoded(try core.commands.replace(commands, guild, world: &core.world, call.now))
                )
            }.limited(to: 2, in: 60, .fixed),
            Endpoint("GET", path + "/{command}") { core, call throws(RESTReply) in
                RESTReply(try find(core, call).command.encoded())
            },
            Endpoint("PATCH", path + "/{command}") { core, call throws(RESTReply) in
                let (guild, held) = try find(core, call)
                var whole = held
                whole.merge(try call.body())
                let given = try CommandForm.read(whole)
                if given.string("name") != held.string("name"), let id = held.snowflake("id") {
                    core.commands.remove(id, guild)
                }
                return RESTReply(
                    try core.commands.put(given, guild, world: &core.world, call.now).command.encoded()
                )
            },
            Endpoint("DELETE", path + "/{command}") { core, call throws(RESTReply) in
                let (guild, held) = try find(core, call)
                if let id = held.snowflake("id") { core.commands.remove(id, guild) }
                return .noContent
            },
        ]
    }

    private static func guild(_ core: GatewayCore, _ call: RESTCall) throws(RESTReply) -> Snowflake? {
        guard call.id("application") == core.world.applicationID else {
            throw RESTReply.error(404, 10002, "Unknown Application")
        }
        guard call.text("guild") != nil else { return nil }
        guard let guild = core.world.guild(call.id("guild")) else { throw RESTReply.missingAccess }
        return guild.id
    }

    private static func find(_ core: GatewayCore, _ call: RESTCall) throws(RESTReply) -> (
        guild: Snowflake?, command: JSONFields
    ) {
        let guild = try guild(core, call)
        guard let command = core.commands.find(call.id("command"), guild) else {
            throw RESTReply.unknownCommand
        }
        return (guild, command)
    }

    private static func encoded(_ commands: [JSONFields]) -> [UInt8] {
        JSONText.array(commands.map { $0.encoded() })
    }
}
