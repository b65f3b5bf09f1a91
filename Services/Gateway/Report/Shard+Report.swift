internal import Base
internal import DiscordProtocol
internal import EventLoop
internal import EventModels
internal import LinkProtocol

extension Shard {
    /// What the shard knows of itself; the links add what waits for a bus.
    struct Status: Sendable {
        var told: GatewayReport.Shard
        let refusal: CloseCode?
        let application: Snowflake?
        let bot: Snowflake?
    }

    func status() -> Status {
        let (gateway, state) = (machine.gateway, machine.folded.state)
        var told = GatewayReport.Shard(
            name,
            phase: phase,
            latency: gateway.latency.map { Int($0.inSeconds * 1000) },
            guilds: state.guilds.count
        )
        told.reason = readiness.lack(of: name)
        told.code = gateway.refusal.map { Int($0.rawValue) }
        return Status(
            told: told,
            refusal: gateway.refusal,
            application: state.application,
            bot: state.bot
        )
    }

    private var phase: GatewayReport.Phase {
        if machine.gateway.isLive { return .up }
        let isHeld = machine.isSuperseded || machine.isWaitingForRoom || isStateMissing
        return machine.gateway.refusal != nil || isHeld ? .down : .connecting
    }
}
