internal import Base
internal import DiscordProtocol
internal import EventLoop
internal import EventModels
internal import Lifecycle
internal import LinkProtocol

/// `fetch gateway`: made of what each shard says on its own loop and of what the links know; one report for all who ask at once.
extension LinkServer {
    func report(_ id: UInt64, to link: LinkID) {
        let task =
            reporting
            ?? Task {
                let value = await makeReport().encoded()
                reporting = nil
                return value
            }
        reporting = task
        Task {
            let value = await task.value
            self.answered(LinkResult(id: id, .value(value)), link)
        }
    }

    private func makeReport() async -> GatewayReport {
        let facts = bot.facts
        var report = GatewayReport(gateway: hub.gateway, since: bot.since)
        report.token = facts.token
        report.application = facts.application.map { .init(id: $0.id, name: $0.name) }
        report.user = facts.application?.bot.map { .init(id: $0.id, name: $0.name) }
        var refusals: [CloseCode] = []
        for (name, shard) in shards.sorted(by: { $0.key < $1.key }) {
            var status = await shard.status()
            if let publisher = hub.publisher(of: name) {
                let waiting = publisher.waiting
                status.told.hasPublisher = publisher.publisher != nil
                status.told.waiting = waiting.count
                status.told.waitingBytes = publisher.unackedBytes
                status.told.waitingFor = waiting.since.map { Int(max(.zero, loop.now - $0).inSeconds * 1000) }
            }
            refusals += status.refusal.map { [$0] } ?? []
            report.application = report.application ?? status.application.map { .init(id: $0, name: nil) }
            report.user = report.user ?? status.bot.map { .init(id: $0, name: nil) }
            if status.told.phase == .up, report.token == .unknown { report.token = .accepted }
            report.shards.append(status.told)
        }
        if refusals.contains(.authenticationFailed) { report.token = .refused }
        if !refusals.isEmpty, report.token == .unknown { report.token = .accepted }
        report.intents = facts.intents(refusals: refusals)
        if shards.isEmpty { report.missing = readiness.missing.first { $0.name == "discord" }?.reason }
        return report
    }
}
