import Configuration
import Testing
import Web

/// The settings of the door: what cannot be meant is refused at the start.
@Suite struct DoorConfigTests {
    @Test func `proxies and figures that cannot be meant are problems, each of them`() throws {
        let environment = [
            "TRUSTED_PROXIES": "10.0.0.0/8, 10.0.0.1/8, proxy.example", "DISCORD_CDN_BASE": "ftp://x",
            "RATE_LIMITS": "address=10,session=0,guild=5,login",
        ]
        let error = #expect(throws: ConfigurationError.self) { try APIStage.config(environment) }
        #expect(
            error?.problems.map(\.name).sorted() == [
                "DISCORD_CDN_BASE", "RATE_LIMITS", "RATE_LIMITS", "RATE_LIMITS", "TRUSTED_PROXIES",
                "TRUSTED_PROXIES",
            ]
        )
    }

    @Test func `what is not set is the standard, and nobody is trusted`() throws {
        let config = try APIStage.config()
        #expect(config.trustedProxies.networks.isEmpty && config.limits == LimitFigures())
        #expect(config.cdnBase == "https://cdn.discordapp.com")
        let set = try APIStage.config([
            "TRUSTED_PROXIES": "::1,172.16.0.0/12", "RATE_LIMITS": "login=5,address=70",
            "DISCORD_CDN_BASE": "http://127.0.0.1:9000/cdn",
        ])
        #expect(set.trustedProxies.networks.count == 2 && set.cdnBase == "http://127.0.0.1:9000/cdn")
        #expect(set.limits.login == 5 && set.limits.address == 70 && set.limits.session == 600)
    }
}
