import Base
import EventModels
import HTTPServer
import JSON
import TestSupport
import Testing
import Web

/// `/api/openapi.json`: everything that is routed is in it, and what is in it is sound.
@Suite struct OpenAPITests {
    private func document(_ replica: Replica) throws -> JSONValue {
        let operations = Catalog.operations(replica.context)
        return try JSONDocument(parsing: OpenAPIDocument.encoded(operations)).root
    }

    @Test func `every route is in the document, and nothing else is`() async throws {
        let replica = try await Replica()
        let document = try document(replica)
        let paths = try #require(document["paths"]?.object)
        var told: Set<String> = []
        for (path, item) in paths {
            for (method, _) in try #require(item.object) { told.insert("\(method) \(path)") }
        }
        let routed = Catalog.routes(replica.context).map { route in
            "\(route.method.lowercased()) \(OpenAPIDocument.path(of: route.pattern))"
        }
        #expect(told == Set(routed) && routed.count == told.count)
        #expect(told.contains("get /api/openapi.json") && told.contains("get /api/stream"))
        #expect(told.contains("get /dashboard/{rest}"), "the rest of a path is a parameter")
    }

    @Test func `names are unique, parameters of paths are there, and references lead somewhere`() async throws
    {
        let replica = try await Replica()
        let operations = Catalog.operations(replica.context)
        var names: Set<String> = []
        for operation in operations {
            #expect(names.insert(operation.name).inserted, "\(operation.name) is there twice")
            let inPath = operation.pattern.split(separator: "/").filter { $0.hasPrefix("{") }
            let told = operation.parameters.filter { $0.place == .path }.map { "{\($0.name)}" }
            #expect(inPath.map { String($0) } == told, "\(operation.name)")
            let parameters = operation.parameters.map { "\($0.place.rawValue) \($0.name)" }
            #expect(Set(parameters).count == parameters.count, "\(operation.name)")
            #expect(operation.answers.contains { $0.status < 400 }, "\(operation.name)")
        }
        let text = String(decoding: OpenAPIDocument.encoded(operations), as: UTF8.self)
        let components = try #require(try document(replica)["components"]?["schemas"]?.object)
        let known = Set(components.map { $0.0 })
        for part in text.components(separatedBy: "#/components/schemas/").dropFirst() {
            #expect(known.contains(String(part.prefix { $0 != "\"" })))
        }
        #expect(OpenAPIDocument.encoded(operations) == OpenAPIDocument.encoded(operations))
    }

    /// Its shape, by one operation that has most of what there is.
    @Test func `an operation says who may call it, what it takes and what it answers`() throws {
        let operation = Operation(
            "PUT",
            "/api/things/{thing}",
            "putThing",
            tag: .settings,
            "Changes one",
            access: .scope(.guildRead),
            parameters: [
                .path("thing", .snowflake, "Which"), .list("kinds", .form(.kind), "Of these"),
                .query("limit", .integer(1...100), "So many"),
            ],
            body: .object([
                .init("name", .string(1...10), "Its name"),
                .optional("color", .nullable(.choice(["red", "blue"])), "Its colour"),
            ]),
            answers: [.json(.nullable(.named("Problem")), "It"), .problem(412, "It was changed")]
        ) { _ in HTTPResponse() }
        let root = try JSONDocument(parsing: OpenAPIDocument.encoded([operation])).root
        #expect(root["openapi"]?.string == "3.1.0")
        let put = try #require(root["paths"]?["/api/things/{thing}"]?["put"])
        let raw = { (value: JSONValue?) in String(decoding: value?.raw ?? [], as: UTF8.self) }
        #expect(raw(put["security"]) == #"[{"session":[]},{"key":["guild:read"]}]"#)
        let statuses = put["responses"]?.object.map { $0.map(\.0) }
        #expect(
            statuses == ["200", "400", "401", "403", "404", "412", "413", "414", "415", "429", "431", "503"]
        )
        let parameters = try #require(put["parameters"]?.array.map { Array($0) })
        #expect(parameters[0]["name"]?.string == "thing" && parameters[0]["in"]?.string == "path")
        #expect(parameters[0]["required"]?.bool == true)
        #expect(raw(parameters[0]["schema"]) == #"{"type":"string","pattern":"^[1-9][0-9]{0,18}$"}"#)
        #expect(parameters[1]["explode"]?.bool == false && parameters[1]["style"]?.string == "form")
        #expect(parameters[1]["schema"]?["maxItems"]?.int == OperationCheck.listMax)
        #expect(raw(parameters[2]["schema"]) == #"{"type":"integer","minimum":1,"maximum":100}"#)
        let body = put["requestBody"]?["content"]?["application/json"]?["schema"]
        #expect(body?["additionalProperties"]?.bool == false && raw(body?["required"]) == #"["name"]"#)
        #expect(
            raw(body?["properties"]?["color"])
                == #"{"description":"Its colour","type":["string","null"],"enum":["red","blue",null]}"#
        )
        let answer = put["responses"]?["200"]?["content"]?["application/json"]?["schema"]
        #expect(raw(answer) == ##"{"anyOf":[{"$ref":"#/components/schemas/Problem"},{"type":"null"}]}"##)
    }

    @Test func `who may call is said of each access, and streams take a key in their address`() async throws {
        let replica = try await Replica()
        let paths = try #require(try document(replica)["paths"])
        let security = { (path: String) in
            String(decoding: paths[path]?["get"]?["security"]?.raw ?? [], as: UTF8.self)
        }
        #expect(security("/api/openapi.json") == "[]")
        #expect(security("/api/stream") == #"[{"session":[]},{"key":["stream"]},{"streamKey":["stream"]}]"#)
        #expect(security("/api/guilds/{guild}") == #"[{"session":[]},{"key":["guild:read"]}]"#)
    }

    @Test func `it is served to anyone, with a tag, and other methods are told what there is`() async throws {
        let replica = try await Replica(access: .login)
        let first = try await replica.fetch("/api/openapi.json")
        #expect(first.hasPrefix("HTTP/1.1 200 ") && first.contains("Cache-Control: public, max-age=60"))
        let tag = first.components(separatedBy: "ETag: ")[1].prefix { !$0.isNewline }
        let again = try await replica.fetch("/api/openapi.json", "If-None-Match: \(tag)\r\n")
        #expect(again.hasPrefix("HTTP/1.1 304 ") && again.contains("ETag: \(tag)\r\n"))
        #expect(again.hasSuffix("\r\n\r\n"))
        for method in ["DELETE", "OPTIONS", "TRACE", "QUERY"] {
            let refused = try await replica.fetch("/api/guilds/1", method: method)
            #expect(refused.hasPrefix("HTTP/1.1 405 ") && refused.contains("Allow: GET, HEAD"), "\(method)")
        }
        #expect(try await replica.fetch("/api/openapi.json", method: "HEAD").hasPrefix("HTTP/1.1 200 "))
    }
}
