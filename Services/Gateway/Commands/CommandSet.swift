internal import JSON
package import LinkProtocol

/// Application commands as a set that can be compared: what Discord adds (ids, versions) and what it leaves out (members at
/// their default) makes no difference. Discord's documentation, "Application Commands".
package struct CommandSet: Sendable, Equatable {
    private struct Command: Sendable, Equatable {
        /// Type and name: of two with the same the later counts, as at Discord.
        let title: String
        let text: String
        /// What Discord fills in where it is left out, or what we do not know: it counts only where the wish names it.
        let named: [String: String]
    }

    private let commands: [String: Command]

    /// Of one scope: 100, 15 and 15 of the three types, and the entry point.
    package static let countMax = 131

    /// Throws `invalid`: no list of commands.
    package init(_ json: [UInt8]) throws(LinkFailure) {
        var list: [JSONValue] = []
        do throws(JSONError) {
            guard let array = try JSONDocument(parsing: json).root.array else { throw Self.noList }
            list = Array(array)
        } catch { throw LinkFailure(.invalid, "commands: a list (\(error))") }
        guard list.count <= Self.countMax else {
            throw LinkFailure(.invalid, "commands: at most \(Self.countMax)")
        }
        var commands: [String: Command] = [:]
        for value in list {
            guard let command = Self.command(value) else {
                throw LinkFailure(.invalid, "commands: each has a name")
            }
            commands[command.title] = command
        }
        self.commands = commands
    }

    private static let noList = JSONError(.unexpectedByte, at: 0)

    package var count: Int { commands.count }

    /// Whether Discord, which has these, would have others after a bulk overwrite with those that are wished for here.
    package func differs(from held: CommandSet) -> Bool {
        guard commands.count == held.commands.count else { return true }
        return commands.values.contains { wish in
            guard let there = held.commands[wish.title], there.text == wish.text else { return true }
            return wish.named.contains { there.named[$0.key] != $0.value }
        }
    }

    /// What counts even where it is left out.
    private static let members = [
        "name_localizations", "description", "description_localizations", "options",
        "default_member_permissions", "nsfw",
    ]
    /// What Discord adds, and what is in the title.
    private static let others: Set<String> = ["id", "application_id", "guild_id", "version", "type", "name"]

    private static func command(_ value: JSONValue) -> Command? {
        guard let name = value["name"]?.string, !name.isEmpty, let object = value.object else { return nil }
        var writer = JSONWriter(reserving: 256)
        writer.beginArray()
        for member in members {
            if let value = value[key: member], !isDefault(value) {
                write(value, into: &writer)
            } else {
                writer.null()
            }
        }
        writer.endArray()
        var named: [String: String] = [:]
        for (member, value) in object where !members.contains(member) && !others.contains(member) {
            if !value.isNull { named[member] = text(value, isList: sets.contains(member)) }
        }
        return Command(
            title: "\(value["type"]?.int ?? 1) \(name)",
            text: String(decoding: writer.takeBytes(), as: UTF8.self),
            named: named
        )
    }

    /// Lists whose order says nothing.
    private static let sets: Set<String> = ["contexts", "integration_types"]

    private static func text(_ value: JSONValue, isList: Bool) -> String {
        if isList, let list = value.array { return "\(list.compactMap(\.int).sorted())" }
        var writer = JSONWriter(reserving: 64)
        write(value, into: &writer)
        return String(decoding: writer.takeBytes(), as: UTF8.self)
    }

    /// In one way, whatever the order of members. Those at their default are as if they were left out; all others count, also
    /// such as we do not know: of options and choices Discord has what it was given.
    private static func write(_ value: JSONValue, into writer: inout JSONWriter) {
        switch value.kind {
        case .array:
            writer.beginArray()
            for element in value.array.map({ Array($0) }) ?? [] { write(element, into: &writer) }
            writer.endArray()
        case .object:
            writer.beginObject()
            let members = value.object.map { Array($0) } ?? []
            for member in members.sorted(by: { $0.key < $1.key }) where !isDefault(member.value) {
                writer.key(text: member.key)
                write(member.value, into: &writer)
            }
            writer.endObject()
        // Discord writes 1 where 1.0 was sent, and the other way round.
        case .number: writer.double(value.double ?? 0)
        case .string: writer.string(value.string ?? "")
        default: value.write(into: &writer)
        }
    }

    private static func isDefault(_ value: JSONValue) -> Bool {
        switch value.kind {
        case .null: true
        case .bool: value.bool == false
        case .array: value.array?.isEmpty ?? true
        case .object: value.object?.isEmpty ?? true
        case .string: value.string?.isEmpty ?? true
        case .number: false
        }
    }
}
