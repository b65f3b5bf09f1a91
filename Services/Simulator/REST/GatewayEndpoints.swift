internal import Base
internal import JSON

/// Where the gateway is.
enum GatewayEndpoints {
    static let all: [Endpoint] = [
        Endpoint("GET", "/gateway", needsToken: false) { core, _ in
            RESTReply(JSONText.object { $0.member("url", core.rules.url) })
        }.unlimited(),
        Endpoint("GET", "/gateway/bot") { core, call in
            RESTReply(
                JSONText.object { writer in
                    writer.member("url", core.rules.url)
                    writer.member("shards", core.rules.shards)
                    writer.member("session_start_limit", raw: startLimit(core, call.now))
                }
            )
        },
    ]

    private static func startLimit(_ core: GatewayCore, _ now: Instant) -> [UInt8] {
        JSONText.object { writer in
            writer.member("total", core.rules.sessionStarts)
            writer.member("remaining", max(0, core.rules.sessionStarts - core.starts.used))
            writer.member("reset_after", Int(core.starts.resetAfter(now: now.monotonic) / .milliseconds(1)))
            writer.member("max_concurrency", core.rules.maxConcurrency)
        }
    }
}
