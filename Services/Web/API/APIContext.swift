import EventLoop
package import HTTPClient
package import Lifecycle
package import PostgresClient
package import RedisClient
package import Telemetry

/// What the API's parts share, once for all of a replica's loops.
package final class APIContext: Sendable {
    package let config: WebConfig
    package let desk: GuildDesk
    package let authorizer: Authorizer
    package let keys: SessionKeys
    package let revocations: RevocationKeeper
    package let accessKeys: AccessKeys
    /// Nil without `REDIS_URL`: what would be shared is this replica's own.
    package let redis: RedisClient?
    /// Nil without `DATABASE_URL`.
    package let database: PostgresClient?
    /// The same for what may take seconds: nobody's key waits behind it.
    package let history: PostgresClient?
    /// For Discord's OAuth2.
    package let http: any HTTPClient
    package let metrics: Metrics
    package let readiness: Readiness
    package let log: Log
    package let login: LoginDesk
    package let pictures: PictureDesk
    let openAPI = OpenAPISheet()
    let zones = TimeZones()
    package let limits: Limits
    package let audit: AuditLog
    package let settings: SettingsDesk
    package let overlays: OverlayDesk
    package let system: SystemDesk

    package init(
        config: WebConfig,
        desk: GuildDesk,
        authorizer: Authorizer,
        keys: SessionKeys,
        revocations: RevocationKeeper,
        accessKeys: AccessKeys? = nil,
        redis: RedisClient?,
        database: PostgresClient?,
        history: PostgresClient? = nil,
        http: any HTTPClient,
        pictureHTTP: (any HTTPClient)? = nil,
        orders: (any OrderTaker)? = nil,
        sources: SystemDesk.Sources = .none,
        metrics: Metrics,
        readiness: Readiness,
        log: Log
    ) {
        self.config = config
        self.desk = desk
        self.authorizer = authorizer
        self.keys = keys
        self.revocations = revocations
        self.accessKeys =
            accessKeys ?? AccessKeys(signer: KeySigner(config.sessionSecrets), database: database)
        self.redis = redis
        self.database = database
        self.history = history ?? database
        self.http = http
        self.metrics = metrics
        self.readiness = readiness
        self.log = log
        overlays = OverlayDesk(orders: orders, metrics: metrics)
        settings = SettingsDesk(database: database, orders: orders, metrics: metrics, log: log)
        system = SystemDesk(sources, desk: desk, redis: redis, database: database, readiness: readiness)
        limits = Limits(
            figures: config.limits,
            redis: redis,
            metrics: metrics,
            readiness: readiness,
            log: log
        )
        login = LoginDesk(
            config,
            keys: keys,
            revocations: revocations,
            limits: limits,
            redis: redis,
            http: http,
            metrics: metrics,
            log: log
        )
        pictures = PictureDesk(base: config.cdnBase, http: pictureHTTP ?? http, metrics: metrics)
        limits.use(self.accessKeys.tiers)
        audit = AuditLog(database: database, metrics: metrics, log: log) { await desk.guilds() }
    }

    /// What is stored, or the problem that says that nothing is.
    package func stored() throws(Problem) -> PostgresClient {
        guard let database else { throw .noDatabase }
        return database
    }

    package var now: Int64 { WallClock.unixMilliseconds() }
}
