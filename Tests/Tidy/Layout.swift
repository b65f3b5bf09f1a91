/// Rules about which files exist and what names what.
enum Layout {
    /// Targets and what they may import, as Package.swift says: `("Name", ["A", "B"])`.
    static func imports(manifest: String) -> [String: Set<String>] {
        var table: [String: Set<String>] = [:]
        for match in manifest.matches(of: /\(\s*"(\w+)",\s*\[([^\]]*)\]/) {
            table[String(match.1)] = Set(match.2.matches(of: /"(\w+)"/).map { String($0.1) })
        }
        return table
    }

    private static let toolchain: Set<String> = [
        "Swift", "Synchronization", "Glibc", "Testing", "Foundation", "FoundationNetworking",
        "FoundationEssentials",
    ]

    /// Imports that Package.swift does not give to the file's target.
    static func strayImports(in file: SourceFile, allowed table: [String: Set<String>]) -> [Finding] {
        guard file.isSwift, let target = target(of: file.path) else { return [] }
        var allowed = toolchain
        if target.hasSuffix("Tests"), target != "TidyTests" {
            let tested = String(target.dropLast(5))
            allowed.formUnion(table[tested] ?? [])
            allowed.formUnion([tested, "TestSupport"])
        }
        allowed.formUnion(table[target] ?? [])
        if target == "TestSupport" { allowed.formUnion(["Base", "EventLoop", "CLinux", "COpenSSL"]) }
        return file.lines.enumerated().compactMap { number, line in
            guard line.contains("import "),
                let match = line.firstMatch(of: /^(?:\w+ )?import (?:(?:struct|enum|class|func) )?(\w+)/),
                !allowed.contains(String(match.1))
            else { return nil }
            let text = "import \(match.1): Package.swift gives \(target) no such direction"
            return Finding(path: file.path, line: number + 1, text: text)
        }
    }

    private static func target(of path: String) -> String? {
        let parts = path.split(separator: "/").map(String.init)
        switch parts.first {
        case "Shared", "Services": return parts.count > 2 ? parts[1] : nil
        case "Tests" where parts.count > 2 && parts[1] == "Tidy": return "TidyTests"
        case "Tests" where parts.count > 2 && parts[1] == "Fuzz": return "FuzzTests"
        case "Tests" where parts.count > 3 && parts[1] == "Tools": return parts[2]
        case "Tests" where parts.count > 2 && parts[1].hasSuffix("Tests"): return parts[1]
        default: return nil
        }
    }

    /// Migrations are numbered 0001, 0002, … without a gap, and no number twice.
    static func migrationGaps(in paths: [String]) -> [Finding] {
        let folder = "Services/Analytics/Migrations/"
        let names = paths.filter { $0.hasPrefix(folder) && $0.hasSuffix(".sql") }.sorted()
        return names.enumerated().compactMap { index, path in
            let expected =
                String(repeating: "0", count: max(0, 4 - String(index + 1).count)) + String(index + 1)
            guard
                path.wholeMatch(of: /.*\/\d{4}_[a-z0-9_]+\.sql/) == nil
                    || !path.hasPrefix("\(folder)\(expected)_")
            else { return nil }
            return Finding(path: path, text: "must be named \(expected)_<what>.sql")
        }
    }

    /// Every folder of overlays has a page: the server lists the folders.
    static func overlaysWithoutPage(in paths: [String]) -> [Finding] {
        let folder = "Services/Web/Public/overlays/"
        let rests = paths.filter { $0.hasPrefix(folder) }.map {
            $0.dropFirst(folder.count).split(separator: "/")
        }
        let overlays = Set(rests.filter { $0.count > 1 }.map { String($0[0]) })
        return overlays.sorted().filter { !paths.contains("\(folder)\($0)/index.html") }
            .map { Finding(path: folder + $0, text: "has no index.html") }
    }

    /// Every `<Name><Suffix>.swift` of a folder is named in that folder's Catalog.swift.
    static func uncatalogued(_ suffix: String, folder: String, files: [SourceFile]) -> [Finding] {
        let features = files.filter {
            $0.path.hasPrefix("\(folder)/") && $0.name.hasSuffix("\(suffix).swift")
        }
        .filter { $0.name != "\(suffix).swift" }
        let catalog = files.first { $0.path == "\(folder)/Catalog.swift" }?.text ?? ""
        return features.compactMap { file in
            let name = file.name.dropLast(6)
            guard !catalog.contains("\(name).self"), !catalog.contains("\(name)(") else { return nil }
            return Finding(path: file.path, text: "\(name) is not listed in \(folder)/Catalog.swift")
        }
    }

    /// `innerHTML` takes a literal without anything put into it; data goes through textContent.
    static func htmlFromData(in file: SourceFile) -> [Finding] {
        guard file.path.hasPrefix("Services/Web/Public/"), file.path.hasSuffix(".js") else { return [] }
        let text = file.text
        return text.matches(of: /innerHTML\s*\+?=\s*([^;]*)/).compactMap { match in
            let value = match.1
            let isLiteral = value.hasPrefix("`") || value.hasPrefix("\"") || value.hasPrefix("'")
            guard !isLiteral || value.contains("${") || value.contains(/["'`]\s*\+/) else { return nil }
            let line = text[..<match.range.lowerBound].count { $0 == "\n" } + 1
            return Finding(
                path: file.path,
                line: line,
                text: "innerHTML with data: use textContent and elements"
            )
        }
    }
}
