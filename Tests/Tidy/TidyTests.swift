import Testing

/// The repository's rules, held by a test; why they are, says CONTRIBUTING.md.
@Suite struct TidyTests {
    @Test func `the repository was found`() {
        #expect(Repository.file("Package.swift") != nil)
        #expect(Repository.swift.count > 50)
    }

    @Test func `nothing banned stands anywhere`() {
        let findings = Ban.all.flatMap { $0.findings(in: Repository.files) }
        #expect(findings.isEmpty, "\(findings.report)")
    }

    @Test func `lines are short`() {
        let findings = Repository.files.flatMap(Lengths.longLines)
        #expect(findings.isEmpty, "\(findings.report)")
    }

    @Test func `files are short`() {
        let findings = Repository.files.flatMap(Lengths.tooLong)
        #expect(findings.isEmpty, "\(findings.report)")
        for file in Repository.swift where file.lineCount > Lengths.fileLinesListed {
            Swift.print("tidy: \(file.path) has \(file.lineCount) lines; aim at \(Lengths.fileLinesListed)")
        }
    }

    @Test func `functions are short, and exceptions only shrink`() {
        let findings = Repository.swift.flatMap { Lengths.longFunctions(in: $0) }
        #expect(findings.isEmpty, "\(findings.report)")
        for (place, limit) in Lengths.longFunctions {
            let parts = place.split(separator: " ").map(String.init)
            let functions = Repository.file(parts[0]).map(Lengths.functions) ?? []
            let longest = functions.filter { $0.name == parts[1] }.map(\.lines).max() ?? 0
            #expect(
                longest > Lengths.functionLinesMax && longest <= limit,
                "\(place): \(longest) lines; strike it"
            )
        }
    }

    @Test func `imports go where Package.swift lets them`() {
        let table = Layout.imports(manifest: Repository.file("Package.swift")?.text ?? "")
        #expect(table["Telemetry"]?.contains("Base") == true)
        let findings = Repository.swift.flatMap { Layout.strayImports(in: $0, allowed: table) }
        #expect(findings.isEmpty, "\(findings.report)")
    }

    @Test func `boundary targets are those that Package.swift relaxes`() {
        let manifest = Repository.file("Package.swift")?.text ?? ""
        let list = manifest.firstMatch(of: /let boundary: Set<String> = \[([^\]]*)\]/)?.1 ?? ""
        let names = list.matches(of: /"(\w+)"/).map { "Shared/\($0.1)" }
        #expect(Set(names) == Set(Ban.boundary))
    }

    @Test func `files are where their readers look for them`() {
        let findings =
            Layout.migrationGaps(in: Repository.paths) + Layout.overlaysWithoutPage(in: Repository.paths)
            + Layout.uncatalogued("Endpoint", folder: "Services/Web/Endpoints", files: Repository.swift)
            + Layout.uncatalogued("Command", folder: "Services/Gateway/Commands", files: Repository.swift)
            + Repository.files.flatMap(Layout.htmlFromData)
        #expect(findings.isEmpty, "\(findings.report)")
    }
}
