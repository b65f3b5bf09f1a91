internal import JSON
package import LinkProtocol

/// Application commands as a set that can be compared: what Discord adds (ids, versions) and what it leaves out (members at
/// their default) makes no difference. Discord's documentation, "Application Commands".
package struct CommandSet: Sendable, Equatable {
    private struct Command: Sendable, Equatable {
        /// Type and name: of two with the same the later counts, as at Discord.
        let title: String
        let text: String
        /// What Discord fills in where it is left out: it counts only where the wish names it.
        let named: [String: [Int]]
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

    /// In this order; what else there is, is Discord's alone.
    private static let members = [
        "name_localizations", "description", "description_localizations", "options",
        "default_member_permissions", "nsfw",
    ]
    private static let optionMembers = [
        "type", "name", "name_localizations", "description", "description_localizations", "required",
        "choices", "options",
        "channel_types", "min_value", "max_value", "min_length", "max_length", "autocomplete",
    ]

    private static func command(_ value: JSONValue) -> Command? {
        guard let name = value["name"]?.string, !name.isEmpty else { return nil }
        var writer = JSONWriter(reserving: 256)
        writer.beginArray()
        for member in members { write(value[key: member], member, into: &writer) }
        writer.endArray()
        var named: [String: [Int]] = [:]
        for member in ["contexts", "integration_types"] {
            if let list = value[key: member]?.array { named[member] = list.compactMap(\.int).sorted() }
        }
        return Command(
            title: "\(value["type"]?.int ?? 1) \(name)",
            text: String(decoding: writer.takeBytes(), as: UTF8.self),
            named: named
        )
    }

    /// A default is written as if it were left out.
    private static func write(_ value: JSONValue?, _ member: String, into writer: inout JSONWriter) {
        guard let value, !isDefault(value) else { return writer.null() }
        switch (member, value.kind) {
        case ("options", .array):
            writer.beginArray()
            for option in value.array.map({ Array($0) }) ?? [] {
                writer.beginArray()
                for member in optionMembers { write(option[key: member], member, into: &writer) }
                writer.endArray()
            }
            writer.endArray()
        case ("choices", .array):
            writer.beginArray()
            for choice in value.array.map({ Array($0) }) ?? [] {
                writer.beginArray()
                for member in ["name", "value", "name_localizations"] {
                    write(choice[key: member], member, into: &writer)
                }
                writer.endArray()
            }
            writer.endArray()
        case (_, .object):
            writer.beginObject()
            let members = value.object.map { Array($0) } ?? []
            for member in members.sorted(by: { $0.key < $1.key }) {
                writer.key(text: member.key)
                member.value.write(into: &writer)
            }
            writer.endObject()
        // Discord writes 1 where 1.0 was sent, and the other way round.
        case (_, .number): writer.double(value.double ?? 0)
        case (_, .string): writer.string(value.string ?? "")
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
