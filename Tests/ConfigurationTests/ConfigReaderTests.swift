import Base
import Configuration
import Testing

@Suite struct ConfigReaderTests {
    private enum Colour: String, CaseIterable { case red, blue }

    @Test func `settings that are there are read, those that are not take their default`() throws {
        var reader = ConfigReader(environment: [
            "HOST": "example", "EMPTY": "", "PORT": "0", "FLAG": "Yes", "LIST": " a, b ,,c", "COLOUR": "blue",
            "WAIT": "250ms", "URL": "redis://user:word@host:1/2", "TOKEN": "hush",
        ])
        #expect(reader.string("HOST", default: "x") == "example")
        #expect(reader.string("EMPTY", default: "x") == "x")
        #expect(reader.required("HOST") == "example")
        #expect(reader.port("PORT", default: 80) == 0)
        #expect(reader.port("OTHER_PORT", default: 80) == 80)
        let flag = reader.boolean("FLAG", default: false)
        #expect(flag)
        #expect(reader.list("LIST") == ["a", "b", "c"])
        #expect(reader.choice("COLOUR", default: Colour.red) == .blue)
        #expect(reader.duration("WAIT", default: .zero, in: .zero ... .seconds(1)) == .milliseconds(250))
        #expect(reader.requiredURL("URL", schemes: ["redis", "rediss"]) == "redis://user:word@host:1/2")
        #expect(reader.secret("TOKEN")?.exposed == "hush")
        #expect(reader.secretList("LIST").map(\.exposed) == ["a", "b", "c"])
        try reader.finish()
    }

    @Test func `every problem is in one report, in the order of reading`() {
        var reader = ConfigReader(environment: [
            "PORT": "70000", "COUNT": "many", "FLAG": "perhaps", "COLOUR": "green", "WAIT": "soon",
            "URL": "http://host", "NO_HOST": "redis://:word@/0",
        ])
        _ = reader.required("MISSING")
        _ = reader.requiredSecret("MISSING_TOKEN")
        _ = reader.port("PORT", default: 1)
        _ = reader.integer("COUNT", default: 1, in: 1...9)
        _ = reader.boolean("FLAG", default: false)
        _ = reader.choice("COLOUR", default: Colour.red)
        _ = reader.duration("WAIT", default: .zero, in: .zero ... .seconds(1))
        _ = reader.requiredURL("URL", schemes: ["redis"])
        _ = reader.optionalURL("NO_HOST", schemes: ["redis"])
        reader.fail("PAIR", "needs COLOUR as well")
        let error = problems(of: reader)
        #expect(
            error?.problems.map(\.name) == [
                "MISSING", "MISSING_TOKEN", "PORT", "COUNT", "FLAG", "COLOUR", "WAIT", "URL", "NO_HOST",
                "PAIR",
            ]
        )
        let report = error?.description ?? ""
        #expect(report.hasPrefix("10 settings are missing or wrong:\n  MISSING        is required"))
        #expect(report.contains("PORT           must be a whole number from 0 to 65535, not \"70000\""))
        #expect(report.contains("one of red, blue, not \"green\""))
        #expect(!report.contains("word"))
    }

    @Test func `a setting may come from a file, without the line end`() throws {
        let file = try TemporaryFile("s3cret, with blank \n\n")
        var reader = ConfigReader(environment: ["TOKEN_FILE": file.path])
        #expect(reader.requiredSecret("TOKEN").exposed == "s3cret, with blank")
        try reader.finish()
    }

    @Test func `a file that gives nothing, or a setting given twice, is one problem each`() throws {
        let full = try TemporaryFile("1234567-secret")
        let empty = try TemporaryFile("\n")
        let binary = try TemporaryFile(bytes: [0xFF, 0xFE])
        let huge = try TemporaryFile(bytes: [UInt8](repeating: 0x41, count: 70_000))
        var reader = ConfigReader(environment: [
            "A_FILE": "/nonexistent/file", "B_FILE": empty.path, "C_FILE": binary.path, "D_FILE": huge.path,
            "E_FILE": full.path, "E": "direct-secret", "F_FILE": full.path,
        ])
        for name in ["A", "B", "C", "D", "E"] { _ = reader.required(name) }
        _ = reader.integer("F", default: 1, in: 0...9)
        let error = problems(of: reader)
        #expect(error?.problems.map(\.name) == ["A_FILE", "B_FILE", "C_FILE", "D_FILE", "E", "F"])
        // What a file or a secret setting held is never shown.
        #expect(error?.description.contains("secret") == false)
    }

    @Test func `durations have a unit or are seconds`() {
        let table: [(String, Duration?)] = [
            ("0", .zero), ("10", .seconds(10)), ("10s", .seconds(10)), ("5m", .seconds(300)),
            ("24h", .seconds(86_400)),
            ("7d", .seconds(604_800)), ("-1", nil), ("1.5s", nil), ("s", nil), ("10 s", nil), ("10w", nil),
            ("99999999999999999999", nil),
        ]
        for (text, expected) in table {
            var reader = ConfigReader(environment: ["T": text])
            let limits: ClosedRange<Duration> = .zero ... .seconds(1 << 40)
            let value = reader.duration("T", default: .seconds(-1), in: limits)
            #expect(value == expected ?? .seconds(-1), "\(text)")
        }
    }

    @Test func `the process environment is there`() {
        #expect(Environment.process["PATH"]?.isEmpty == false)
    }

    private func problems(of reader: ConfigReader) -> ConfigurationError? {
        do throws(ConfigurationError) { try reader.finish() } catch { return error }
        return nil
    }

    @Test func `secrets that must be long are, each of them`() throws {
        func read(_ value: String?) -> (secrets: [String], problems: [String]) {
            var reader = ConfigReader(environment: value.map { ["KEYS": $0] } ?? [:])
            let secrets = reader.requiredSecretList("KEYS", bytesMin: 4)
            do throws(ConfigurationError) { try reader.finish() } catch {
                return (secrets.map(\.exposed), error.problems.map(\.text))
            }
            return (secrets.map(\.exposed), [])
        }
        #expect(read("four").secrets == ["four"] && read("four").problems.isEmpty)
        #expect(read("first, second").secrets == ["first", "second"])
        for value in [nil, "", ",", "abc", "four,abc"] {
            let problems = read(value).problems
            #expect(problems.count == 1, "\(value ?? "nothing")")
            #expect(problems.first?.contains("abc") == false)
        }
    }
}
