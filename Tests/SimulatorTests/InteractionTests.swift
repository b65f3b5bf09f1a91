import Base
import JSON
import Simulator
import Testing

/// What somebody asks of the application, and when and how it may answer.
@Suite struct InteractionTests {
    /// A command, somebody who uses it, and what a session heard.
    private struct Scene {
        var bench = RESTBench()
        var token = ""

        init() throws {
            try bench.run([
                RESTBench.Step(
                    "PUT",
                    "/applications/{app}/commands",
                    #"[{"name":"ask","description":"d","options":[{"type":6,"name":"who","description":"d"}]}]"#,
                    200
                )
            ])
        }

        mutating func ask(_ text: String) throws -> JSONValue {
            let given = try #require(try JSONFields(JSONDocument(parsing: bench.filled(text)).root))
            let made = try bench.core.core.makeInteraction(given, now: bench.core.now)
            _ = bench.core.takeAll()
            bench.core.core.broadcast(made.dispatch, now: bench.core.now)
            let d = try #require(bench.core.heard().first?["d"])
            token = made.interaction.token
            bench.names["id"] = made.interaction.id.description
            bench.names["token"] = token
            return d
        }

        mutating func command() throws -> JSONValue {
            try ask(
                #"{"channel":"{general}","user":"{u}","command":"ask","options":[{"name":"who","value":"{owner}"}]}"#
            )
        }

        mutating func answer(_ body: String, query: String = "") throws -> RESTBench.Reply {
            try bench.call("POST", "/interactions/{id}/{token}/callback" + query, body)
        }
    }

    @Test func `tells of a command what Discord tells`() throws {
        var scene = try Scene()
        let d = try scene.command()
        let owner = scene.bench.filled("{owner}")
        #expect(
            d["type"]?.int == 2 && d["data"]?["name"]?.string == "ask" && d["token"]?.string == scene.token
        )
        #expect(d["data"]?["options"]?.array?.first?["type"]?.int == 6)
        #expect(d["data"]?["resolved"]?["users"]?[key: owner]?["id"]?.string == owner)
        #expect(
            d["member"]?["permissions"]?.string != nil && d["app_permissions"]?.string == "8866461766385663"
        )
        #expect(throws: WorldError.self) {
            _ = try scene.ask(#"{"channel":"{general}","user":"{u}","command":"no"}"#)
        }
        #expect(throws: WorldError.self) {
            _ = try scene.ask(#"{"channel":"{general}","user":"1","command":"ask"}"#)
        }
    }

    /// Seconds until the answer, then status and code of it and of another behind it.
    @Test(arguments: [(0.0, 204, 0), (3.0, 204, 0), (3.01, 404, 10062)])
    func `takes a first answer for three seconds, and only one`(wait: Double, status: Int, code: Int) throws {
        var scene = try Scene()
        _ = try scene.command()
        scene.bench.core.wait(wait)
        let first = try scene.answer(#"{"type":4,"data":{"content":"a"}}"#)
        #expect(first.status == status && first.code ?? 0 == code)
        let second = try scene.answer(#"{"type":4,"data":{"content":"a"}}"#)
        #expect(second.code == (code == 0 ? 40060 : 10062))
        #expect(scene.bench.core.names() == (code == 0 ? ["MESSAGE_CREATE"] : []))
    }

    @Test func `edits the original, follows up, and ends with the token`() throws {
        var scene = try Scene()
        _ = try scene.command()
        #expect(
            try scene.bench.call("POST", "/webhooks/{app}/{token}", #"{"content":"early"}"#).code == 10015
        )
        let deferred = try scene.answer(#"{"type":5}"#, query: "?with_response=true")
        #expect(deferred.json?["interaction"]?["response_message_loading"]?.bool == true)
        try scene.bench.run([
            RESTBench.Step(
                "PATCH",
                "/webhooks/{app}/{token}/messages/@original",
                #"{"content":"done"}"#,
                200,
                told: ["MESSAGE_UPDATE"],
                name: "o"
            ),
            RESTBench.Step("GET", "/webhooks/{app}/{token}/messages/{o}", 200),
            RESTBench.Step(
                "POST",
                "/webhooks/{app}/{token}",
                #"{"content":"more"}"#,
                200,
                told: ["MESSAGE_CREATE"],
                name: "f"
            ),
            RESTBench.Step(
                "PATCH",
                "/webhooks/{app}/{token}/messages/{f}",
                #"{"content":"less"}"#,
                200,
                told: ["MESSAGE_UPDATE"]
            ),
            RESTBench.Step("DELETE", "/webhooks/{app}/{token}/messages/{f}", 204, told: ["MESSAGE_DELETE"]),
            RESTBench.Step("DELETE", "/webhooks/{app}/{token}/messages/{f}", 404, code: 10008),
        ])
        let original = try scene.bench.call("GET", "/webhooks/{app}/{token}/messages/@original").json
        #expect(original?["content"]?.string == "done" && original?["flags"]?.int == 0)
        #expect(
            original?["type"]?.int == 20
                && original?["interaction_metadata"]?["id"]?.string == scene.bench.names["id"]
        )
        scene.bench.core.wait(901)
        try scene.bench.run([
            RESTBench.Step("POST", "/webhooks/{app}/{token}", #"{"content":"late"}"#, 401, code: 50027)
        ])
    }

    @Test func `an ephemeral answer is in no channel`() throws {
        var scene = try Scene()
        _ = try scene.command()
        _ = try scene.answer(#"{"type":4,"data":{"content":"psst","flags":64}}"#)
        let told = try #require(scene.bench.core.heard().first)
        #expect(
            told["d"]?["guild_id"] == nil && told["d"]?["member"] == nil && told["d"]?["flags"]?.int == 64
        )
        scene.bench.names["m"] = told["d"]?["id"]?.string
        try scene.bench.run([
            RESTBench.Step("GET", "/channels/{general}/messages/{m}", 404, code: 10008),
            RESTBench.Step(
                "PATCH",
                "/webhooks/{app}/{token}/messages/@original",
                #"{"content":"pssst"}"#,
                200,
                told: ["MESSAGE_UPDATE"]
            ),
            RESTBench.Step("DELETE", "/webhooks/{app}/{token}/messages/@original", 204, told: []),
        ])
    }

    /// Which callbacks answer which interactions: the type, and the callbacks that are taken.
    @Test(arguments: [
        ("command", [4, 5, 9]), ("autocomplete", [8]), ("component", [4, 5, 6, 7, 9]),
        ("modal", [4, 5, 6, 7]),
    ])
    func `takes the callbacks that fit`(kind: String, allowed: [Int]) throws {
        for type in [1, 4, 5, 6, 7, 8, 9, 10] {
            var scene = try Scene()
            try scene.bench.run([
                RESTBench.Step(
                    "POST",
                    "/channels/{general}/messages",
                    #"{"components":[{"type":1,"components":[{"type":2,"style":1,"custom_id":"go","label":"Go"}]}]}"#,
                    200,
                    name: "m"
                )
            ])
            let asked = [
                "command": #""command":"ask""#, "autocomplete": #""autocomplete":"ask""#,
                "component": #""component":"go","message":"{m}""#,
                "modal": #""modal":"form","message":"{m}","fields":{"why":"because"}"#,
            ]
            let d = try scene.ask(#"{"channel":"{general}","user":"{u}",\#(asked[kind] ?? "")}"#)
            #expect((kind == "component") == (d["data"]?["component_type"]?.int == 2))
            let data =
                type == 8
                ? #"{"choices":[{"name":"a","value":"a"}]}"#
                : #"{"content":"c","custom_id":"x","title":"t","#
                    + #""components":[{"type":1,"components":[{"type":2,"style":1,"custom_id":"y"}]}]}"#
            let reply = try scene.answer(#"{"type":\#(type),"data":\#(data)}"#)
            #expect((reply.status == 204) == allowed.contains(type), "\(kind) by \(type): \(reply)")
            #expect(reply.status == 204 || reply.code == 50035)
        }
    }
}
