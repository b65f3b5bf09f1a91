import Testing

/// Each rule can fail: it is shown something bad.
@Suite struct TidySelfTests {
    @Test func `every ban finds its example, and not in comments or where it is allowed`() {
        for ban in Ban.all {
            let folder = ban.within.first ?? "Shared/Anywhere"
            let path = "\(folder)/A\(ban.suffix.isEmpty ? ".md" : ban.suffix)"
            let found = ban.findings(in: [SourceFile(path: path, text: "one\n\(ban.example)\n")])
            #expect(found.map(\.line) == [2], "\(ban.pattern)")
            let commented = ban.findings(in: [SourceFile(path: path, text: "// \(ban.example)")])
            #expect(commented.isEmpty != ban.readsComments, "\(ban.pattern)")
            for place in ban.except where place.hasPrefix(ban.within.first ?? "") {
                let path = place.contains(".") ? place : "\(place)/A\(ban.suffix)"
                #expect(
                    ban.findings(in: [SourceFile(path: path, text: ban.example)]).isEmpty,
                    "\(ban.pattern)"
                )
            }
        }
    }

    @Test func `lengths are measured`() {
        let long = String(repeating: "a", count: 111)
        let lines = Lengths.longLines(
            in: SourceFile(
                path: "A.swift",
                text: "ok\n\(long)\n// \(long)\nlet a = \"\(long)\"\n// \(long)\(long)"
            )
        )
        #expect(lines.map(\.line) == [2, 5])
        let file = SourceFile(path: "A.swift", text: String(repeating: "a\n", count: 601))
        #expect(Lengths.tooLong(file).count == 1)
        #expect(
            Lengths.tooLong(SourceFile(path: "A.swift", text: String(repeating: "a\n", count: 600))).isEmpty
        )
    }

    @Test func `functions are measured from their first line to their brace`() {
        let source = """
            protocol P {
                func required(a: Int)
                func other() async throws
            }
            struct S {
                package static func short() { 1 }
                init?(
                    a: Int,
                    b: Int
                ) throws {
                    if a == b {
                        return nil
                    }
                }

                func long<T>(_ body: (T) -> Void) where T: Equatable {
                    body(
                    )
                }
            }
            """
        let file = SourceFile(path: "A.swift", text: source)
        #expect(
            Lengths.functions(in: file) == [
                Lengths.Function(name: "init?", start: 7, lines: 8),
                Lengths.Function(name: "long", start: 16, lines: 4),
            ]
        )
        let body = String(repeating: "    a()\n", count: 59)
        let tooLong = SourceFile(path: "B.swift", text: "func f() {\n\(body)}\n")
        #expect(Lengths.longFunctions(in: tooLong).count == 1)
        #expect(Lengths.longFunctions(in: tooLong, allowed: ["B.swift f": 61]).isEmpty)
        let fits = SourceFile(path: "B.swift", text: "func f() {\n\(body.dropFirst(8))}\n")
        #expect(Lengths.longFunctions(in: fits).isEmpty)
    }

    @Test func `imports against the manifest are found`() {
        let table = Layout.imports(manifest: #"("JSON", ["Base"]), ( "Web", [ "Base", "JSON", ] )"#)
        #expect(table == ["JSON": ["Base"], "Web": ["Base", "JSON"]])
        let source = "package import Base\ninternal import EventLoop\nimport Synchronization\n"
        let findings = Layout.strayImports(
            in: SourceFile(path: "Shared/JSON/A.swift", text: source),
            allowed: table
        )
        #expect(findings.map(\.line) == [2])
        let test = SourceFile(
            path: "Tests/WebTests/A.swift",
            text: "import Web\nimport JSON\nimport Testing\nimport TLS"
        )
        #expect(Layout.strayImports(in: test, allowed: table).map(\.line) == [4])
    }

    @Test func `gaps, missing pages and unlisted endpoints are found`() {
        let folder = "Services/Analytics/Migrations"
        #expect(Layout.migrationGaps(in: ["\(folder)/0001_a.sql", "\(folder)/0002_b.sql"]).isEmpty)
        for bad in [["0001_a", "0003_b"], ["0001_a", "0001_b"], ["1_a"], ["0001-a"], ["0002_a"]] {
            #expect(!Layout.migrationGaps(in: bad.map { "\(folder)/\($0).sql" }).isEmpty, "\(bad)")
        }
        let overlays = "Services/Web/Public/overlays"
        let paths = [
            "\(overlays)/a/index.html", "\(overlays)/a/a.js", "\(overlays)/b/b.js", "\(overlays)/c.css",
        ]
        #expect(Layout.overlaysWithoutPage(in: paths).map(\.path) == ["\(overlays)/b"])
        let files = [
            SourceFile(path: "W/Endpoint.swift", text: ""), SourceFile(path: "W/AEndpoint.swift", text: ""),
            SourceFile(path: "W/BEndpoint.swift", text: ""),
            SourceFile(path: "W/Catalog.swift", text: "[AEndpoint.self]"),
        ]
        #expect(
            Layout.uncatalogued("Endpoint", folder: "W", files: files).map(\.path) == ["W/BEndpoint.swift"]
        )
    }

    @Test func `HTML made of data is found`() {
        let table: [(String, Bool)] = [
            ("el.innerHTML = `<div></div>`;", false), ("el.innerHTML = \"\";", false),
            ("el.innerHTML = `\n<p>\n${name}</p>`;", true), ("el.innerHTML = name;", true),
            ("el.innerHTML += \"<p>\" + name;", true),
        ]
        for (text, isBad) in table {
            let file = SourceFile(path: "Services/Web/Public/a.js", text: text)
            #expect(Layout.htmlFromData(in: file).isEmpty != isBad, "\(text)")
        }
    }
}
