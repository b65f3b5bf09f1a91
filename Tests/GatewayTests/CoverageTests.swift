import FoundationEssentials
import Gateway
import Testing

/// specs/discord-gateway.md, "Coverage": every dispatch that is handled is in it, and every test that it names exists.
@Suite struct CoverageTests {
    private static let path = "\(#filePath)".split(separator: "/").dropLast(3).joined(separator: "/")

    private struct Row {
        let names: [String]
        let suite: String
        let test: String
    }

    /// Rows that name a test; `section` as its heading has it.
    private static func rows(_ spec: String, _ section: String? = nil) -> [Row] {
        let lines = spec.split(separator: "\n", omittingEmptySubsequences: false)
        guard let begin = lines.firstIndex(of: "## Coverage") else { return [] }
        var heading = ""
        var rows: [Row] = []
        for line in lines[(begin + 1)...].prefix(while: { !$0.hasPrefix("## ") }) {
            if line.hasPrefix("### ") { heading = String(line.dropFirst(4)) }
            guard section == nil || heading == section, line.hasPrefix("| ") else { continue }
            let cells = line.split(separator: "|").map { $0.trimmed }
            guard cells.count == 2 else { continue }
            let place = cells[1].split(separator: ": ", maxSplits: 1).map(String.init)
            guard place.count == 2, place[0].hasSuffix("Tests") else { continue }
            let names = cells[0].split(separator: ",").map(\.trimmed)
            rows.append(Row(names: names, suite: place[0], test: place[1]))
        }
        return rows
    }

    private static func spec() throws -> String {
        try String(contentsOfFile: "/\(path)/specs/discord-gateway.md", encoding: .utf8)
    }

    @Test func `every test that the tables name exists, in its suite`() throws {
        var sources: [String: String] = [:]
        for folder in [
            "GatewayTests", "DiscordProtocolTests", "SimulatorTests", "LinkProtocolTests", "Linked",
        ] {
            let path = "/\(Self.path)/Tests/\(folder)"
            for name in try FileManager.default.subpathsOfDirectory(atPath: path)
            where name.hasSuffix(".swift") {
                let suite = String((name.split(separator: "/").last ?? "").dropLast(".swift".count))
                sources[suite] = try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
            }
        }
        let rows = Self.rows(try Self.spec())
        #expect(rows.count > 40)
        for row in rows {
            #expect(
                sources[row.suite]?.contains("func `\(row.test)`(") == true,
                "\(row.suite): \(row.test): no such test"
            )
        }
    }

    @Test func `every dispatch that is not dropped has its row, and no other`() throws {
        let named = Set(Self.rows(try Self.spec(), "Dispatches").flatMap(\.names))
        for kind in DispatchKind.allCases {
            switch kind.treatment {
            case .folded, .session: #expect(named.contains(kind.rawValue), "\(kind.rawValue)")
            case .dropped: #expect(!named.contains(kind.rawValue), "\(kind.rawValue)")
            case .interaction: break
            }
        }
        for name in named where name == name.uppercased() {
            #expect(DispatchKind(name: name) != nil, "\(name): no such dispatch")
        }
    }
}

extension StringProtocol {
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
