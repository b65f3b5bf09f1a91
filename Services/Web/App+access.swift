import Base
import EventLoop
import HTTPClient
import PostgresClient
import RedisClient
import Telemetry

/// Wiring of who may do what, and of the API.
extension WebService {
    struct Access {
        let authorizer: Authorizer
        let keys: SessionKeys
        let accessKeys: AccessKeys
        let keeper: RevocationKeeper
    }

    static func access(_ common: Common, _ viewerLoops: [ViewerLoop]) async throws -> Access {
        let config = common.config
        let signing = SigningKeys(config.sessionSecrets)
        let (keys, signer) = (SessionKeys(signing), KeySigner(signing))
        AccessMetrics.watch(keys, signer, common.metrics)
        // A session of their own: nobody's key waits behind what somebody reads.
        let loop = try EventLoop(name: "access")
        let database = config.postgres.map { PostgresClient($0, on: loop) }
        await database?.start()
        let accessKeys = AccessKeys(signer: signer, database: database)
        let metrics = AccessMetrics(common.metrics)
        let revocations = Locked(
            RevocationList(isShared: config.redis != nil, waitsForKeys: config.postgres != nil)
        )
        let authorizer = Authorizer(
            access: config.access,
            keys: keys,
            signer: signer,
            revocations: revocations,
            usage: accessKeys.usage,
            metrics: metrics
        )
        let keeper = RevocationKeeper(
            redis: config.redis,
            // And another: who was revoked is not learnt behind what keys ask.
            keys: config.postgres.map { RevokedKeys(PostgresClient($0, on: loop)) },
            on: loop,
            list: revocations,
            viewerLoops: viewerLoops,
            readiness: common.readiness,
            log: common.log,
            metrics: metrics
        )
        return Access(authorizer: authorizer, keys: keys, accessKeys: accessKeys, keeper: keeper)
    }

    /// On a loop of its own: what it asks of Redis and PostgreSQL must hold up nobody's events.
    static func api(
        _ common: Common,
        _ desk: GuildDesk,
        _ access: Access,
        _ orders: LinkOrders,
        _ sources: SystemDesk.Sources
    ) async throws -> APIContext {
        let loop = try EventLoop(name: "api")
        let redis = common.config.redis.map { RedisClient($0, on: loop) }
        await redis?.start()
        let database = common.config.postgres.map { PostgresClient($0, on: loop) }
        await database?.start()
        var patient = common.config.postgres
        patient?.waitingMax = HistoryReader.waitingMax
        let history = patient.map { PostgresClient($0, on: loop) }
        await history?.start()
        return APIContext(
            config: common.config,
            desk: desk,
            authorizer: access.authorizer,
            keys: access.keys,
            revocations: access.keeper,
            accessKeys: access.accessKeys,
            redis: redis,
            database: database,
            history: history,
            http: URLSessionHTTPClient(),
            pictureHTTP: URLSessionHTTPClient(
                bodyBytesMax: PictureCache.Bounds().pictureBytesMax,
                connectionsMax: PictureCache.Bounds().fetchesMax
            ),
            orders: orders,
            sources: sources,
            metrics: common.metrics,
            readiness: common.readiness,
            log: common.log
        )
    }
}
