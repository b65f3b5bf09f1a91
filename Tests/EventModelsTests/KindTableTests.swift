import EventModels
import FoundationEssentials
import Testing

/// The table of specs/events.md, "Kinds", against `EventKind`: neither may say what the other does not.
@Suite struct KindTableTests {
    private static let path = "\(#filePath)".split(separator: "/").dropLast(3).joined(separator: "/")

    private static func spec() throws -> String {
        try String(contentsOfFile: "/\(path)/specs/events.md", encoding: .utf8)
    }

    /// What is wrong with the table, for people.
    private static func findings(in spec: String) -> [String] {
        var findings: [String] = []
        var audiences: [String: String] = [:]
        for row in rows(of: spec) {
            let cells = row.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
                .map(String.init)
            guard cells.count == 3, let names = cells.first, let last = cells.last else {
                findings.append("not three cells: \(row)")
                continue
            }
            let audience = last.trimmed
            for name in names.split(separator: "`").map(String.init) where !name.trimmed.isEmpty {
                if EventKind(name: name) == nil { findings.append("\(name): no such kind") }
                if audiences.updateValue(audience, forKey: name) != nil {
                    findings.append("\(name): two rows")
                }
            }
        }
        for kind in EventKind.allCases {
            let (wanted, found) = (text(of: kind), audiences[kind.rawValue])
            if found != wanted { findings.append("\(kind.rawValue): \(found ?? "no row"), not \(wanted)") }
        }
        return findings
    }

    /// The rows of the one table in "Kinds", without its head.
    private static func rows(of spec: String) -> [Substring] {
        let lines = spec.split(separator: "\n", omittingEmptySubsequences: false)
        guard let begin = lines.firstIndex(of: "## Kinds") else { return [] }
        let section = lines[(begin + 1)...].prefix { !$0.hasPrefix("## ") }
        return section.filter { $0.hasPrefix("|") }.dropFirst(2).map { $0 }
    }

    /// As the table says it.
    private static func text(of kind: EventKind) -> String {
        switch kind.audience {
        case .channel(let permissions): "channel, \(text(of: permissions))"
        case .voiceChannel where kind == .voiceMoved:
            "both channels; who sees one of them gets joined or left"
        case .voiceChannel: "channel, \(text(of: .viewChannel))"
        case .channelIfAny: "channel, VIEW_CHANNEL; guild where it is null"
        case .guild([]): "guild"
        case .guild(let permissions): "guild, \(text(of: permissions))"
        case .internal: "internal"
        }
    }

    private static func text(of permissions: Permissions) -> String {
        let names: [(Permissions, String)] = [
            (.viewChannel, "VIEW_CHANNEL"), (.connect, "CONNECT"),
            (.readMessageHistory, "READ_MESSAGE_HISTORY"),
            (.manageThreads, "MANAGE_THREADS"), (.manageChannels, "MANAGE_CHANNELS"),
            (.banMembers, "BAN_MEMBERS"), (.manageGuild, "MANAGE_GUILD"),
            (.viewAuditLog, "VIEW_AUDIT_LOG"), (.administrator, "ADMINISTRATOR"),
        ]
        let unnamed = names.reduce(permissions) { $0.subtracting($1.0) }
        let known = names.filter { permissions.isSuperset(of: $0.0) }.map(\.1)
        return (known + (unnamed.isEmpty ? [] : ["bits \(unnamed.rawValue)"])).joined(separator: ", ")
    }

    @Test func `every kind has its row, every row its kind, and both say who may see it`() throws {
        let findings = Self.findings(in: try Self.spec())
        #expect(findings.isEmpty, "\(findings.joined(separator: "\n"))")
    }

    @Test(
        arguments: [
            ("| `thread.members` |", "| `thread.person` |"),
            ("`role.granted` `role.revoked`", "`role.granted`"),
            ("| `guild.synced` |", "| `guild.synced` `log.gap` |"),
            ("| user…, `nick`, `pending` | guild |", "| | internal |"),
            ("| user…, `members`, `online` (counts after) |", "|"), ("## Kinds", "## Sorts"),
        ]
    ) func `a table that says less, more or something else is found`(_ here: String, _ changed: String) throws
    {
        let spec = try Self.spec()
        #expect(spec.contains(here), "the test's own sample is gone: \(here)")
        #expect(!Self.findings(in: spec.replacing(here, with: changed)).isEmpty, "\(changed)")
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
