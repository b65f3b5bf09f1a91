internal import EventLoop
internal import LinkProtocol

/// `GET /gateway/bot` for all shards of the process: those that ask within a short time share one answer.
actor GatewayLookup {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private let rest: DiscordREST
    private let line: IdentifyLine
    private let bot: BotStatus
    private var running: Task<DiscordREST.GatewayBot, any Error>?
    private var last: (answer: DiscordREST.GatewayBot, at: Duration)?

    /// Discord: the answer "should not be cached for extended periods".
    private static let heldFor = Duration.seconds(5)

    init(rest: DiscordREST, line: IdentifyLine, bot: BotStatus, loop: EventLoop) {
        self.rest = rest
        self.line = line
        self.bot = bot
        self.loop = loop
    }

    func gatewayBot() async throws -> DiscordREST.GatewayBot {
        if let last, loop.now - last.at < Self.heldFor { return last.answer }
        if let running { return try await running.value }
        let task = Task { [rest] in try await rest.gatewayBot() }
        running = task
        defer { running = nil }
        let answer: DiscordREST.GatewayBot
        do { answer = try await task.value } catch {
            if case DiscordREST.Failure.unauthorized = error { bot.know(token: .refused) }
            throw error
        }
        bot.know(token: .accepted)
        await line.setMaxConcurrency(answer.maxConcurrency)
        last = (answer, loop.now)
        return answer
    }
}
