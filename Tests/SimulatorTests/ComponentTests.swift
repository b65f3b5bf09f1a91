import Base
import JSON
import Simulator
import Testing

/// Components as clients get them back; what hikari could not read was found by scripts/judge-simulator.
@Suite struct ComponentTests {
    private static let row =
        #"{"type":1,"components":[{"type":2,"style":1,"custom_id":"a","label":"A"},"#
        + #"{"type":2,"id":2,"style":1,"custom_id":"b","label":"B"}]}"#

    @Test func `every component of a message has a number of its own`() throws {
        var bench = RESTBench()
        let reply = try bench.call(
            "POST",
            "/channels/{general}/messages",
            #"{"components":[\#(Self.row),{"type":1,"id":0,"components":[{"type":2,"style":1,"custom_id":"c","label":"C"}]}]}"#
        )
        let rows = try #require(reply.json?["components"]?.array.map(Array.init))
        #expect(rows.map { $0["id"]?.int } == [1, 4])
        #expect(rows.first?["components"]?.array?.map { $0["id"]?.int } == [3, 2])
        #expect(rows.last?["components"]?.array?.map { $0["id"]?.int } == [5])
    }

    /// An interaction, told to the sessions.
    private func interact(_ bench: inout RESTBench, _ what: String) throws -> JSONValue {
        let text = bench.filled(#"{"channel":"{general}","user":"{u}",\#(what)}"#)
        let given = try #require(try JSONFields(JSONDocument(parsing: text).root))
        let made = try bench.core.core.makeInteraction(given, now: bench.core.now)
        bench.names["id"] = made.interaction.id.description
        bench.names["token"] = made.interaction.token
        return try JSONDocument(parsing: made.dispatch.d).root
    }

    @Test func `a modal comes back in the shape in which it was opened, and its answer says by what`() throws
    {
        var bench = RESTBench()
        let command = #"[{"name":"ask","description":"d"}]"#
        try bench.run([RESTBench.Step("PUT", "/applications/{app}/commands", command, 200)])
        let asked = try interact(&bench, #""command":"ask""#)["id"]?.string
        let parts = [
            #"{"type":1,"components":[{"type":4,"custom_id":"x","style":1,"label":"X"}]}"#,
            #"{"type":18,"label":"Y","component":{"type":3,"custom_id":"y","options":[]}}"#,
            #"{"type":10,"content":"text"}"#,
        ].joined(separator: ",")
        let modal = #"{"type":9,"data":{"custom_id":"form","title":"Form","components":[\#(parts)]}}"#
        #expect(try bench.call("POST", "/interactions/{id}/{token}/callback", modal).status == 204)

        let sent = try interact(&bench, #""modal":"form","fields":{"x":"said","y":["1","2"]}"#)
        let expected =
            #"[{"type":1,"id":1,"components":[{"type":4,"id":2,"custom_id":"x","value":"said"}]},"#
            + #"{"type":18,"id":3,"component":{"type":3,"id":4,"custom_id":"y","values":["1","2"]}},"#
            + #"{"type":10,"id":5}]"#
        #expect(String(decoding: sent["data"]?["components"]?.raw ?? [], as: UTF8.self) == expected)

        let answer = try bench.call(
            "POST",
            "/interactions/{id}/{token}/callback?with_response=true",
            #"{"type":4,"data":{"content":"thanks"}}"#
        )
        let metadata = answer.json?["resource"]?["message"]?["interaction_metadata"]
        #expect(metadata?["type"]?.int == 5 && metadata?["id"]?.string == sent["id"]?.string)
        #expect(metadata?["triggering_interaction_metadata"]?["id"]?.string == asked)
    }

    @Test func `an answer to a button says which message it is of, a follow-up which answer it follows`()
        throws
    {
        var bench = RESTBench()
        let message = #"{"components":[\#(Self.row)]}"#
        try bench.run([RESTBench.Step("POST", "/channels/{general}/messages", message, 200, name: "m")])
        _ = try interact(&bench, #""component":"a","message":"{m}""#)
        let answer = try bench.call(
            "POST",
            "/interactions/{id}/{token}/callback?with_response=true",
            #"{"type":4,"data":{"content":"pressed"}}"#
        )
        let first = answer.json?["resource"]?["message"]
        #expect(first?["interaction_metadata"]?["interacted_message_id"]?.string == bench.names["m"])
        let after = try bench.call("POST", "/webhooks/{app}/{token}", #"{"content":"and more"}"#)
        let metadata = after.json?["interaction_metadata"]
        #expect(metadata?["original_response_message_id"]?.string == first?["id"]?.string)
    }
}
