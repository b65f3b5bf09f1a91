import HTTPWire
import Testing
import Web

/// Whose address counts, whatever a client says about it.
@Suite struct ClientAddressTests {
    private func trusted(_ networks: String...) throws -> TrustedProxies {
        TrustedProxies(try networks.map { try #require(TrustedProxies.Network($0)) })
    }

    private func client(_ peer: String, _ forwarded: [String], _ trusted: TrustedProxies) -> ClientAddress {
        var headers = HTTPHeaders()
        for value in forwarded { headers.add("X-Forwarded-For", value) }
        headers.add("Forwarded", "for=203.0.113.99")
        return ClientAddress(peer: peer, headers: headers, trusted: trusted)
    }

    @Test func `only what trusted proxies wrote is believed, from the end`() throws {
        let proxies = try trusted("10.0.0.0/8", "192.0.2.7", "2001:db8:1::/48")
        let table: [(peer: String, forwarded: [String], client: String)] = [
            // Nobody trusted stands in front: whatever is said is the client's own word.
            ("198.51.100.1", ["203.0.113.5"], "198.51.100.1"),
            ("198.51.100.1", [], "198.51.100.1"),
            ("192.0.2.8", ["203.0.113.5"], "192.0.2.8"),
            // One proxy, which wrote the last entry.
            ("10.0.0.1", ["203.0.113.5"], "203.0.113.5"),
            ("10.0.0.1", ["1.1.1.1, 10.0.0.9, 203.0.113.5"], "203.0.113.5"),
            ("10.0.0.1", ["1.1.1.1", "203.0.113.5"], "203.0.113.5"),
            ("::ffff:10.0.0.1", ["203.0.113.5"], "203.0.113.5"),
            // Several of them.
            ("10.0.0.1", ["1.1.1.1, 203.0.113.5, 192.0.2.7"], "203.0.113.5"),
            ("2001:db8:1::2", ["203.0.113.5, 10.1.2.3,192.0.2.7"], "203.0.113.5"),
            // Nobody but proxies: the one that is furthest.
            ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("10.0.0.1", [], "10.0.0.1"),
            ("10.0.0.1", ["", " , ,"], "10.0.0.1"),
            // Ports, brackets, IPv6, blanks.
            ("10.0.0.1", ["203.0.113.5:4711"], "203.0.113.5"),
            ("10.0.0.1", ["[2001:db8::5]:4711"], "2001:db8::5"),
            ("10.0.0.1", ["[2001:DB8::5]"], "2001:db8::5"),
            ("10.0.0.1", ["2001:db8:0:0:0:0:0:5\t"], "2001:db8::5"),
            // What is no address ends the walk: who wrote it counts.
            ("10.0.0.1", ["203.0.113.5, unknown"], "10.0.0.1"),
            ("10.0.0.1", ["203.0.113.5, _hidden, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", ["203.0.113.5, 10.0.0.2:port"], "10.0.0.1"),
            ("10.0.0.1", ["203.0.113.5, [10.0.0.2]"], "10.0.0.1"),
            ("10.0.0.1", ["for=203.0.113.5"], "10.0.0.1"),
            ("10.0.0.1", ["203.0.113.256"], "10.0.0.1"),
            ("10.0.0.1", [String(repeating: "9", count: 4000)], "10.0.0.1"),
            // A peer without an IP address.
            ("unknown", ["203.0.113.5"], "unknown"), ("fe80::1%eth0", ["203.0.113.5"], "fe80::1"),
        ]
        for (peer, forwarded, expected) in table {
            #expect(client(peer, forwarded, proxies).text == expected, "\(peer) \(forwarded)")
        }
    }

    @Test func `a chain longer than its bound is not walked to its end`() throws {
        let proxies = try trusted("10.0.0.0/8")
        let hops = ["203.0.113.5"] + (1...ClientAddress.hopsMax).map { "10.0.0.\($0)" }
        #expect(client("10.0.0.99", [hops.joined(separator: ",")], proxies).text == "10.0.0.1")
        #expect(client("10.0.0.99", [hops.dropLast().joined(separator: ",")], proxies).text == "203.0.113.5")
    }

    @Test func `IPv6 is counted by its network of 64 bits, IPv4 by the address`() throws {
        let none = TrustedProxies([])
        #expect(client("203.0.113.5", [], none).counted == "203.0.113.5")
        #expect(client("::ffff:203.0.113.5", [], none).counted == "203.0.113.5")
        let first = client("2001:db8:1:2:3:4:5:6", [], none).counted
        #expect(first == "2001:db8:1:2::/64")
        #expect(client("2001:db8:1:2:ffff::1", [], none).counted == first)
        #expect(client("2001:db8:1:3::1", [], none).counted != first)
    }

    @Test func `a network is an address or a prefix without anything behind it`() {
        let good = ["127.0.0.1", "::1", "10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::/32", "192.0.2.4/30"]
        let bad = [
            "", "/8", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/", "10.0.0/8",
            "localhost",
            "2001:db8::1/32", "::/129", "10.0.0.0/8/8", "10.0.0.01", "1.2.3.4.5", "::1::", ":::", "1::2::3",
            "12345::",
            "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7", "1.2.3.4::", "::1.2.3.4.5", "fe80::1%eth0", "::+1",
        ]
        for text in good { #expect(TrustedProxies.Network(text) != nil, "\(text)") }
        for text in bad { #expect(TrustedProxies.Network(text) == nil, "\(text)") }
    }

    @Test func `a network holds its own kind of addresses alone, to the last bit`() throws {
        let table: [(network: String, inside: [String], outside: [String])] = [
            ("192.0.2.4/30", ["192.0.2.4", "192.0.2.7", "::ffff:192.0.2.5"], ["192.0.2.3", "192.0.2.8"]),
            ("0.0.0.0/0", ["255.255.255.255"], ["::1", "2001:db8::1"]),
            ("::/0", ["::1", "ffff::"], ["1.2.3.4"]),
            ("2001:db8:0:8000::/49", ["2001:db8:0:ffff::1"], ["2001:db8:0:7fff::1"]),
            ("2001:db8::1", ["2001:db8::1"], ["2001:db8::2", "2001:db8:0:1::1"]),
            ("2001:db8::8/125", ["2001:db8::f"], ["2001:db8::10", "2001:db8::7"]),
        ]
        for (text, inside, outside) in table {
            let proxies = try trusted(text)
            for address in try inside.map({ try #require(IPAddress($0)) }) {
                #expect(proxies.contains(address), "\(text) \(address)")
            }
            for address in try outside.map({ try #require(IPAddress($0)) }) {
                #expect(!proxies.contains(address), "\(text) \(address)")
            }
        }
    }

    @Test func `IPv6 is written as RFC 5952 says`() throws {
        let table = [
            "2001:0db8:0000:0000:0000:0000:0000:0001": "2001:db8::1", "0:0:0:0:0:0:0:0": "::",
            "1:0:0:2:0:0:0:3": "1:0:0:2::3", "1:0:2:3:4:5:6:7": "1:0:2:3:4:5:6:7", "1::": "1::",
            "1:0:0:2:3:0:0:4": "1::2:3:0:0:4", "::ffff:1.2.3.4": "1.2.3.4",
            "64:ff9b::1.2.3.4": "64:ff9b::102:304",
        ]
        for (text, written) in table {
            let address = try #require(IPAddress(text))
            #expect(address.description == written)
        }
    }
}
