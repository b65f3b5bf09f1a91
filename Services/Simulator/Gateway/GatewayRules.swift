package import Base

/// What the simulated gateway demands. The defaults are Discord's.
package struct GatewayRules: Sendable {
    package var token: Secret
    package var heartbeatInterval: Duration = .milliseconds(41_250)
    package var deniedIntents: Intents = []
    /// IDENTIFYs at a time, each bucket once per `identifyInterval`.
    package var maxConcurrency = 1
    package var identifyInterval: Duration = .seconds(5)
    /// IDENTIFYs per day.
    package var sessionStarts = 1000
    /// Fewer shards than this are answered with 4011, and /gateway/bot recommends so many.
    package var shards = 1
    package var guildsPerShardMax = 2500
    /// How long a session without a connection can be resumed.
    package var sessionLife: Duration = .seconds(180)
    /// What a session keeps for a resume.
    package var keptBytesMax = 128 << 20
    package var payloadBytesMax = 4096
    package var sendsMax = 120
    package var sendWindow: Duration = .seconds(60)
    /// Who may ask for logins; an id of 0 stands for the application's own.
    package var client = OAuthDesk.Client(id: Snowflake(0), secret: Secret("simulator-secret"), redirects: [])
    package var tokenLife: Duration = .seconds(604_800)
    /// The address that READY and /gateway answer.
    package var url = "ws://127.0.0.1:0"

    package init(token: Secret) { self.token = token }
}
