import Base
import HTTPServer
import HTTPWire
import JSON
import Testing
import Web

/// Requests against the table's shapes, edge by edge.
@Suite struct SchemaCheckTests {
    @Test func `texts are of the shape that the document says, in one form only`() {
        let long = String(repeating: "x", count: 10)
        let table: [(schema: Schema, good: [String], bad: [String])] = [
            (.string(1...10), ["a", long, "ä𝄞", "🇩🇪🇫🇷"], ["", long + "x", "🇩🇪🇫🇷🇮🇹🇪🇸🇵🇹🇬🇷"]),
            (.choice(["hour", "day"]), ["hour", "day"], ["", "Hour", "hour ", "days"]),
            (
                .snowflake, ["1", "197038439483310086", "9999999999999999999"],
                ["", "0", "01", "-1", "+1", "1.0", "1e3", " 1", "1 ", "٣", "10000000000000000000", "abc"]
            ),
            (
                .integer(0...100), ["0", "7", "100"],
                ["", "101", "-1", "-0", "+1", "007", "1.0", "1e2", "0x1", " 7", "99999999999999999999999"]
            ),
            (.integer(-5...5), ["-5", "0"], ["-6", "-05", "--5"]),
            (.boolean, ["true", "false"], ["", "1", "True", "yes"]),
            (.nullable(.boolean), ["true"], ["", "null"]),
            (Schema.id, [String(repeating: "0a", count: 16)], [String(repeating: "0A", count: 16), "0a"]),
            (
                .form(.kind), ["voice.joined", "voice.*", "a_b.c_d"],
                ["", "voice", "*.*", "*", "voice.", "a.b.c", "V.j"]
            ),
            (
                .form(.eventID), ["5-1", "0-0", "1732147200123-67108864"],
                ["", "5", "5-", "-1", "05-1", "5-01", "5--1", "5-1~5-2", "5-99999999999999999999", "a-b"]
            ),
            (
                .form(TimeZones.form), ["UTC", "Europe/Berlin", "America/Argentina/Salta", "Etc/GMT+5"],
                ["", "/", "Europe/", "a/b/c/d", "UTC'; DROP TABLE x", "Europe/Berlin\u{0}", "Ｅurope"]
            ),
            (.named("Problem"), [], ["{}", ""]),
            (.anyObject, [], ["{}"]),
            (.array(.boolean, 0...9), [], ["true"]),
            (.number, [], ["1"]),
        ]
        for (schema, good, bad) in table {
            for text in good { #expect(SchemaCheck.lack(ofText: text, schema) == nil, "\(schema) \(text)") }
            for text in bad { #expect(SchemaCheck.lack(ofText: text, schema) != nil, "\(schema) \(text)") }
        }
    }

    @Test func `a form's pattern says what its check does`() throws {
        let samples = [
            "", "a", "g1", "g0", "g01", "g-1", "g12345678901234567890", "m1", "c1", "1", "0-0", "5-1", "05-1",
            "voice.*",
            "voice.joined", "voice.", ".joined", "a.b.c", "UTC", "Europe/Berlin", "a/b/c/d", "a/", "/", "x y",
            String(repeating: "0", count: 32), String(repeating: "F", count: 32),
            String(repeating: "a", count: 33),
            "\(String(repeating: "a", count: 32)).b", "\(String(repeating: "a", count: 33)).b", "5-1\n",
            "ä.b",
        ]
        let forms = [TextForm.hex32, .kind, .eventID, TimeZones.form] + PageCursor.forms
        for form in forms {
            let pattern = try Regex(form.pattern)
            for sample in samples {
                let isMatch = try pattern.wholeMatch(in: sample) != nil && sample.last != "\n"
                #expect(isMatch == form.isHeld(by: sample), "\(form.pattern) \(sample)")
            }
        }
    }

    private static let body = Schema.object([
        .init("name", .string(1...3), "Its name"),
        .optional("tags", .array(.choice(["a", "b"]), 1...2), "Its tags"),
        .optional("at", .nullable(.integer(0...9)), "When"),
        .optional("ratio", .number, "How much"),
        .optional("is", .boolean, "Whether"),
        .optional("who", .snowflake, "Who"),
        .optional("more", .anyObject, "More"),
        .optional("inner", .object([.init("x", .boolean, "Whether")]), "Inside"),
    ])

    @Test func `bodies hold what is named, once, of its shape, and nothing else`() throws {
        let good = [
            #"{"name":"a"}"#, #"{"name":"äöü","tags":["a","a"]}"#, #"{"at":null,"name":"a"}"#,
            #"{"name":"a","at":9,"ratio":1e3,"is":true,"who":"1","more":{"x":[1]},"inner":{"x":false}}"#,
            #"{"\u006eame":"a"}"#,
        ]
        let bad = [
            "[]", "null", "1", "\"a\"", "{}", #"{"name":null}"#, #"{"name":""}"#, #"{"name":"abcd"}"#,
            #"{"name":1}"#,
            #"{"name":"a","name":"b"}"#, #"{"name":"a","\u006eame":"b"}"#, #"{"name":"a","other":1}"#,
            #"{"name":"a","Name":"b"}"#,
            #"{"name":"a","tags":[]}"#, #"{"name":"a","tags":["a","b","a"]}"#, #"{"name":"a","tags":["c"]}"#,
            #"{"name":"a","tags":"a"}"#, #"{"name":"a","at":10}"#, #"{"name":"a","at":-1}"#,
            #"{"name":"a","at":1.5}"#,
            #"{"name":"a","at":99999999999999999999}"#, #"{"name":"a","ratio":"1"}"#,
            #"{"name":"a","ratio":1e999}"#,
            #"{"name":"a","is":"true"}"#, #"{"name":"a","who":1}"#, #"{"name":"a","who":"0"}"#,
            #"{"name":"a","more":[]}"#,
            #"{"name":"a","inner":{}}"#, #"{"name":"a","inner":{"x":true,"y":1}}"#,
        ]
        for text in good + bad {
            let value = try JSONDocument(parsing: Array(text.utf8)).root
            let lack = SchemaCheck.lack(of: value, Self.body, at: "the body")
            #expect((lack == nil) == good.contains(text), "\(text): \(lack ?? "nothing")")
        }
    }
}

/// Parameters of requests against an operation's table.
@Suite struct OperationCheckTests {
    private static let operation = Operation(
        "PUT",
        "/api/things/{thing}",
        "putThing",
        tag: .settings,
        "Changes one",
        access: .session,
        parameters: [
            .path("thing", .snowflake, "Which"), .list("channels", .snowflake, "Of these"),
            .query("limit", .integer(1...100), "So many"),
            .query("word", .string(1...5), "A word", isRequired: true),
            .header("If-Match", .string(1...10), "A tag"),
        ],
        body: .object([.init("is", .boolean, "Whether")]),
        answers: [.empty(204, "Done")]
    ) { _ in HTTPResponse() }

    private func check(_ query: String, thing: String = "1", _ headers: HTTPHeaders = [:]) throws
        -> [String: [String]]
    {
        let head = try HTTPRequestHead(method: "PUT", target: "/api/things/1?\(query)", headers: headers)
        return try OperationCheck(Self.operation).parameters(head, PathParameters(["thing": thing]))
    }

    private func status(_ query: String, thing: String = "1", _ headers: HTTPHeaders = [:]) throws -> Int {
        do {
            _ = try check(query, thing: thing, headers)
            return 200
        } catch let problem as Problem {
            return problem.status
        }
    }

    @Test func `lists take commas and repetition, and no empty part`() throws {
        for query in [
            "channels=1,2&channels=3", "channels=1&channels=2&channels=3", "channels=1%2C2%2C3",
        ] {
            #expect(try check("word=a&\(query)")["channels"] == ["1", "2", "3"], "\(query)")
        }
        #expect(try check("word=a")["channels"] == nil)
        // Passed over, they would ask for everything.
        for query in [
            "channels=", "channels=,", "channels=1,,2", "channels=,1", "channels=1,", "channels=1&channels=",
        ] {
            #expect(try status("word=a&\(query)") == 400, "\(query)")
        }
        let most = (1...100).map { String($0) }.joined(separator: ",")
        #expect(try check("word=a&channels=\(most)")["channels"]?.count == OperationCheck.listMax)
        #expect(try status("word=a&channels=\(most),101") == 400)
        #expect(try status("word=a&channels=\(most)&channels=101") == 400)
        #expect(try status("word=a&channels=1,x") == 400)
    }

    @Test func `each parameter once, decoded once, of its shape`() throws {
        #expect(try check("word=%61+b&unknown=1")["word"] == ["a b"])
        #expect(try check("word=%2561")["word"] == ["%61"], "decoded once")
        let table: [(query: String, status: Int)] = [
            ("word=a", 200), ("word=a&limit=1", 200), ("word=a&limit=100", 200), ("", 400), ("word=", 400),
            ("word", 400), ("word=abcdef", 400), ("word=a&word=b", 400), ("word=a&limit=", 400),
            ("word=a&limit=0", 400), ("word=a&limit=101", 400), ("word=a&limit=+1", 400),
            ("word=a&limit=%2B1", 400), ("word=a&limit=007", 400), ("word=a&limit=1&limit=2", 400),
            ("word=a&limit=9999999999999999999999", 400),
        ]
        for (query, expected) in table { #expect(try status(query) == expected, "\(query)") }
        // What is no UTF-8 when it is decoded is no request at all.
        #expect(throws: HTTPWireError.badTarget) { try status("word=a&limit=%FF") }
        for thing in ["0", "01", "x", "-1", ""] {
            #expect(try status("word=a", thing: thing) == 404, "\(thing)")
        }
        #expect(try status("word=a", ["If-Match": "\"a\""]) == 200)
        #expect(try status("word=a", ["If-Match": "\"0123456789\""]) == 400)
        #expect(try status("word=a", ["If-Match": "\"a\"", "if-match": "\"b\""]) == 400)
    }

    @Test func `a problem shows no more than forty characters of what was sent`() throws {
        let long = String(repeating: "x", count: 5_000)
        do {
            _ = try check("word=\(long)")
            Issue.record("it was let in")
        } catch let problem as Problem {
            #expect(problem.detail.count < 200 && problem.detail.contains(String(long.prefix(40))))
        }
    }

    @Test func `a body is JSON by name and by nature`() throws {
        let table: [(type: String?, body: String, status: Int)] = [
            ("application/json", #"{"is":true}"#, 200),
            ("Application/JSON; charset=utf-8", #"{"is":true}"#, 200),
            (nil, #"{"is":true}"#, 415), ("text/plain", #"{"is":true}"#, 415),
            ("application/jsonx", #"{"is":true}"#, 415), ("application/json", "", 400),
            ("application/json", "{", 400), ("application/json", #"{"is":true}{}"#, 400),
            ("application/json", "\u{FEFF}{\"is\":true}", 400),
            ("application/json", #"{"is":true,"x":1}"#, 400),
        ]
        for (type, body, expected) in table {
            var headers: HTTPHeaders = [:]
            if let type { headers.add("Content-Type", type) }
            let head = try HTTPRequestHead(method: "PUT", target: "/api/things/1", headers: headers)
            let request = HTTPRequest(head: head, body: Array(body.utf8))
            do throws(Problem) {
                let root = try OperationCheck(Self.operation).body(request)
                #expect(expected == 200 && root?["is"]?.bool == true, "\(body)")
            } catch { #expect(error.status == expected, "\(type ?? "none") \(body)") }
        }
    }
}
