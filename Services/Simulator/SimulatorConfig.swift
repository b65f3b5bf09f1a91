package import Base
internal import Configuration
package import Telemetry

/// The simulator's flags. The defaults are Discord's where Discord has such a number.
package struct SimulatorConfig: Sendable {
    package var host = "127.0.0.1"
    package var port = 7000
    package var controlPort = 7001
    package var token = Secret("simulator-token")
    package var seed: UInt64 = 1
    package var rate = 5.0
    package var permissionChurn = 0.0
    package var guilds = 1
    package var mix = CommunityMix.usual
    package var logMebibytes = 512
    package var members = 200
    package var heartbeatMilliseconds = 41_250
    package var deniedIntents: UInt32 = 0
    package var shards = 1
    package var maxConcurrency = 1
    package var identifyIntervalMilliseconds = 5000
    package var sessionStarts = 1000
    package var sessionLifeMilliseconds = 180_000
    package var globalRESTLimit = 50
    package var invalidLimit = 10_000
    package var banMilliseconds = 600_000
    package var clientID: UInt64 = 0
    package var clientSecret = Secret("simulator-secret")
    package var redirects: [String] = []
    package var tokenLifeSeconds = 604_800
    package var logLevel = LogLevel.info
    package var logFormat = LogFormat.json

    package static let usage = """
        A Discord stand-in: gateway v10, REST, CDN and a community that lives, for tests and demonstrations.

          --port N                  gateway, API and pictures (7000; 0: any free port)
          --control-port N          control API (7001; 0: any free port)
          --host A                  address to listen on (127.0.0.1)
          --token T                 the bot's token (simulator-token)
          --seed N                  the world and what happens in it (1)
          --rate R                  events per second, all guilds together; 0: nothing happens by itself (5)
          --permission-churn R      changes of roles, overwrites, time-outs, members and threads per second, all
                                    guilds together, half of them of the first 8 members (0)
          --mix M                   what happens by itself: usual, everything, or shares of presence, message, voice and
                                    other, such as presence=70,message=20,voice=5,other=5 (usual)
          --guilds N                guilds (1)
          --members N               members of each guild (200)
          --heartbeat-ms N          heartbeat interval (41250)
          --deny-intents N          bits that are answered with 4014 (0)
          --shards N                recommended; fewer are answered with 4011 (1)
          --max-concurrency N       identify buckets (1)
          --identify-interval-ms N  between two IDENTIFYs of a bucket, otherwise op 9 (5000)
          --session-starts N        IDENTIFYs per day (1000)
          --session-life-ms N       how long a session without connection can be resumed (180000)
          --client-id N             OAuth2 client (the application's id)
          --client-secret S         its secret (simulator-secret)
          --redirect-uri U          an address that logins may come back to; may be repeated (any)
          --token-life-s N          how long an access token holds (604800)
          --invalid-limit N         answers of 401, 403 and 429 in ten minutes for one address, then it is banned (10000)
          --ban-ms N                for how long (600000)
          --log-mib N               how much of what was dispatched GET /control/log holds (512)
          --rest-limit N            API calls per second over all routes, otherwise 429 (50)
          --help                    this text

        LOG_LEVEL and LOG_FORMAT are read from the environment. A line "listening" with the fields port and
        control_port says that it is ready.
        """

    package init() {}

    /// Reads `--name value` and `--name=value`. Every problem is reported at once.
    package init(arguments: [String], environment: [String: String] = [:]) throws {
        var reader = ConfigReader(environment: environment)
        logLevel = reader.choice("LOG_LEVEL", default: .info)
        logFormat = reader.choice("LOG_FORMAT", default: .json)
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard let value = parts.count > 1 ? String(parts[1]) : rest.popFirst() else {
                reader.fail(name, "needs a value")
                continue
            }
            if let problem = apply(name, value) { reader.fail(name, problem) }
        }
        try reader.finish()
    }

    /// The problem, if there is one.
    private mutating func apply(_ name: String, _ value: String) -> String? {
        switch name {
        case "--host": host = value
        case "--token":
            guard !value.isEmpty else { return "must not be empty" }
            token = Secret(value)
        case "--rate":
            guard let number = Double(value), 0...100_000 ~= number else {
                return "must be a number from 0 to 100000"
            }
            rate = number
        case "--permission-churn":
            guard let number = Double(value), 0...1000 ~= number else {
                return "must be a number from 0 to 1000"
            }
            permissionChurn = number
        case "--seed":
            guard let number = UInt64(value) else { return "must be a whole number from 0 to 2^64 - 1" }
            seed = number
        case "--mix":
            guard let given = CommunityMix(value) else {
                return "must be usual, everything, or shares such as presence=70,message=20,voice=5,other=5"
            }
            mix = given
        case "--client-id":
            guard let id = UInt64(value), id > 0 else { return "must be an id" }
            clientID = id
        case "--client-secret":
            guard !value.isEmpty else { return "must not be empty" }
            clientSecret = Secret(value)
        case "--redirect-uri": redirects.append(value)
        case "--token-life-s": return set(\.tokenLifeSeconds, value, 1...604_800)
        case "--invalid-limit": return set(\.invalidLimit, value, 1...1_000_000)
        case "--ban-ms": return set(\.banMilliseconds, value, 1...86_400_000)
        case "--log-mib": return set(\.logMebibytes, value, 1...65_536)
        case "--port": return set(\.port, value, 0...65_535)
        case "--control-port": return set(\.controlPort, value, 0...65_535)
        case "--guilds": return set(\.guilds, value, 0...10_000)
        case "--members": return set(\.members, value, 2...1_000_000)
        case "--heartbeat-ms": return set(\.heartbeatMilliseconds, value, 10...3_600_000)
        case "--shards": return set(\.shards, value, 1...10_000)
        case "--max-concurrency": return set(\.maxConcurrency, value, 1...10_000)
        case "--identify-interval-ms": return set(\.identifyIntervalMilliseconds, value, 0...3_600_000)
        case "--session-starts": return set(\.sessionStarts, value, 0...1_000_000)
        case "--session-life-ms": return set(\.sessionLifeMilliseconds, value, 0...86_400_000)
        case "--rest-limit": return set(\.globalRESTLimit, value, 1...1_000_000)
        case "--deny-intents":
            guard let bits = UInt32(value) else { return "must be a whole number from 0 to 2^32 - 1" }
            deniedIntents = bits
        default: return "is not a flag of the simulator; see --help"
        }
        return nil
    }

    private mutating func set(
        _ path: WritableKeyPath<SimulatorConfig, Int>,
        _ value: String,
        _ range: ClosedRange<Int>
    ) -> String? {
        guard let number = Int(value), range.contains(number) else {
            return "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
        }
        self[keyPath: path] = number
        return nil
    }

    package var rules: GatewayRules {
        var rules = GatewayRules(token: token)
        rules.heartbeatInterval = .milliseconds(heartbeatMilliseconds)
        rules.deniedIntents = Intents(rawValue: deniedIntents)
        rules.shards = shards
        rules.maxConcurrency = maxConcurrency
        rules.client = OAuthDesk.Client(id: Snowflake(clientID), secret: clientSecret, redirects: redirects)
        rules.tokenLife = .seconds(tokenLifeSeconds)
        // All sessions together keep about 512 MiB, however many shards there are.
        rules.keptBytesMax = min(128 << 20, max(8 << 20, 512 << 20 / shards))
        rules.identifyInterval = .milliseconds(identifyIntervalMilliseconds)
        rules.sessionStarts = sessionStarts
        rules.sessionLife = .milliseconds(sessionLifeMilliseconds)
        return rules
    }
}
