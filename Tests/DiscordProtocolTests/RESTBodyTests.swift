import DiscordProtocol
import Testing

@Suite struct RESTBodyTests {
    private static func text(_ encoded: RESTBody.Encoded?) -> String {
        String(decoding: encoded?.bytes ?? [], as: UTF8.self)
    }

    @Test func `multipart holds the JSON first and each file under its number`() {
        let files = [
            RESTRequest.File(name: "a.txt", contentType: "text/plain", bytes: Array("one".utf8)),
            RESTRequest.File(name: "b", contentType: "", bytes: []),
        ]
        let encoded = RESTBody.encoded(.multipart(json: Array("{}".utf8), files: files)) { "b1" }
        #expect(encoded?.contentType == "multipart/form-data; boundary=guildwire-b1")
        let expected = """
            --guildwire-b1\r
            Content-Disposition: form-data; name="payload_json"\r
            Content-Type: application/json\r
            \r
            {}\r
            --guildwire-b1\r
            Content-Disposition: form-data; name="files[0]"; filename="a.txt"\r
            Content-Type: text/plain\r
            \r
            one\r
            --guildwire-b1\r
            Content-Disposition: form-data; name="files[1]"; filename="b"\r
            Content-Type: application/octet-stream\r
            \r
            \r
            --guildwire-b1--\r

            """
        #expect(Self.text(encoded) == expected)
    }

    @Test func `a boundary that stands in the content is not taken`() {
        var boundaries = ["bad", "worse", "good"][...]
        let json = Array(#"{"content":"--guildwire-bad"}"#.utf8)
        let file = RESTRequest.File(name: "f", contentType: "a/b", bytes: Array("guildwire-worse".utf8))
        let encoded = RESTBody.encoded(.multipart(json: json, files: [file])) { boundaries.removeFirst() }
        #expect(encoded?.contentType == "multipart/form-data; boundary=guildwire-good")
    }

    @Test(arguments: ["a\"; name=\"x", "a\r\nContent-Type: text/html\r\n\r\n<b>", "a\u{0}\u{7F}b", "ü ☃"])
    func `a file's name cannot leave its field`(name: String) {
        let file = RESTRequest.File(name: name, contentType: "text/plain\r\nX: y", bytes: [])
        let text = Self.text(RESTBody.encoded(.multipart(json: [], files: [file])) { "b" })
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.count { $0.hasPrefix("Content-Type:") } == 2 && !text.contains("X: y"))
        let line = lines.first { $0.contains("files[0]") } ?? ""
        #expect(line.count { $0 == "\"" } == 4 && line.hasSuffix("\""))
        #expect(!line.utf8.contains { $0 < 0x20 || $0 == 0x7F })
    }

    @Test func `JSON goes as it is, and nothing has no type`() {
        let json = RESTBody.encoded(.json([1, 2])) { "" }
        #expect(json?.bytes == [1, 2] && json?.contentType == "application/json")
        #expect(RESTBody.encoded(.none) { "" } == nil)
        let file = RESTRequest.File(name: "", contentType: "", bytes: [1, 2, 3])
        #expect(RESTBody.size(.multipart(json: [1], files: [file])) == 4)
    }

    @Test func `a query and a reason are percent-encoded, a reason to 512 characters`() {
        #expect(RESTBody.query([]) == "")
        #expect(RESTBody.query([("a b", "c&d=é"), ("a b", "")]) == "?a%20b=c%26d%3D%C3%A9&a%20b=")
        #expect(RESTBody.reason(nil) == nil && RESTBody.reason("") == nil)
        #expect(RESTBody.reason("ü\r\nX: y") == "%C3%BC%0D%0AX%3A%20y")
        #expect(RESTBody.reason(String(repeating: "x", count: 600))?.count == 512)
        #expect(RESTBody.reason(String(repeating: "☃", count: 600))?.count == 512 * 9)
    }

    @Test func `no parameter leaves its segment of the path`() {
        let template = "/channels/{channel.id}/messages/{message.id}"
        for bad in ["", ".", ".."] {
            #expect(!RESTRoute(.get, template, ["1", bad]).isValid)
            #expect(!RESTRoute(.get, template, [bad, "1"]).isValid)
        }
        #expect(!RESTRoute(.get, template, ["1", String(repeating: "x", count: 5000)]).isValid)
        let odd = RESTRoute(.get, template, ["1", "../a?b#c%2F…"])
        #expect(odd.isValid && odd.path == "/channels/1/messages/..%2Fa%3Fb%23c%252F%E2%80%A6")
        #expect(RESTRoute(.get, template, ["1", "..."]).isValid)
    }
}
