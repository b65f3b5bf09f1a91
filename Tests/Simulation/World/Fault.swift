/// What can go wrong; each seed draws some of these.
enum Fault: String, CaseIterable {
    /// `kill -9` of the gateway.
    case gatewayKill
    /// Its host loses power: what was not flushed is gone, the last record may be torn.
    case gatewayPower
    /// SIGTERM of the gateway.
    case gatewayStop
    /// Its state directory is gone and its clock is set back.
    case stateLost
    /// Its clock jumps at a restart.
    case clockJump
    /// Its disk is slow.
    case slowDisk
    /// A second gateway with the same token is started.
    case secondGateway
    /// A dispatch on which the fold traps.
    case poison
    case replicaKill
    case replicaStop
    case redisKill
    /// It comes back as it was some seconds ago.
    case redisOlder
    case redisEmpty
    /// Out of memory for a while.
    case redisFull
    case scriptsLost
    /// Published frames are lost, or come twice.
    case publishLoss
    case subscriberDropped
    /// The log is short and trimmed at times.
    case trimmed
    /// Nothing passes between two hosts for a while.
    case partition
    /// Connections break.
    case severed
    /// Connections go silent without an end.
    case silenced
    case slowNetwork
    case discordDrops
    /// Op 7.
    case reconnectAsked
    /// Op 9.
    case sessionEnds
    /// Heartbeats are not acknowledged.
    case discordMute
    case discordDown
    case guildOutage
    case analyticsKill
    case databaseKill
    case viewerHop
    case viewerReload
}
