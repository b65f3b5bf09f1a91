import HTTPWire
import Testing
import Web

@Suite struct SameOriginTests {
    @Test func `only a page of our own vouches for a change`() {
        let ours = SameOrigin(publicURL: "https://Guild.example:443/base")
        let table: [(headers: [(String, String)], isOurs: Bool)] = [
            ([("Sec-Fetch-Site", "same-origin")], true),
            // What a browser says of the site decides, whatever the origin: the page may be reached under another name.
            ([("Sec-Fetch-Site", "same-origin"), ("Origin", "http://127.0.0.1:3000")], true),
            // A form or a script of another site, of a subdomain, from outside of any page.
            ([("Sec-Fetch-Site", "cross-site"), ("Origin", "https://guild.example")], false),
            ([("Sec-Fetch-Site", "same-site"), ("Origin", "https://guild.example")], false),
            ([("Sec-Fetch-Site", "none")], false),
            ([("Sec-Fetch-Site", "")], false),
            ([("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "same-origin")], false),
            // Browsers that do not say: the origin.
            ([("Origin", "https://guild.example")], true), ([("Origin", "https://GUILD.example")], true),
            ([("Origin", "http://guild.example")], false),
            ([("Origin", "https://guild.example:8443")], false),
            ([("Origin", "https://evil.guild.example")], false),
            ([("Origin", "https://guild.example.evil.example")], false),
            ([("Origin", "null")], false),
            ([("Origin", "https://guild.example"), ("Origin", "https://guild.example")], false),
            ([("Origin", "https://guild.example, https://evil.example")], false),
            // Neither: no browser of today, and no page of ours.
            ([], false), ([("Referer", "https://guild.example/")], false),
        ]
        for (fields, isOurs) in table {
            var headers = HTTPHeaders()
            for (name, value) in fields { headers.add(name, value) }
            #expect(ours.vouches(for: headers) == isOurs, "\(fields)")
        }
    }

    @Test func `the origin is as browsers write it`() {
        let table = [
            "https://a.example": "https://a.example", "https://a.example:443": "https://a.example",
            "http://a.example:80/x/y": "http://a.example", "http://a.example:443": "http://a.example:443",
            "http://127.0.0.1:3000": "http://127.0.0.1:3000", "http://[::1]:80": "http://[::1]",
        ]
        for (url, origin) in table { #expect(SameOrigin(publicURL: url).origin == origin) }
    }
}
