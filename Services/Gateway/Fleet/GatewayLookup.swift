internal import EventLoop

/// `GET /gateway/bot` for all shards of the process: those that ask within a short time share one answer.
actor GatewayLookup {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private let rest: DiscordREST
    private let line: IdentifyLine
    private var running: Task<DiscordREST.GatewayBot, any Error>?
    private var last: (answer: DiscordREST.GatewayBot, at: Duration)?

    /// Discord: the answer "should not be cached for extended periods".
    private static let heldFor = Duration.seconds(5)

    init(rest: DiscordREST, line: IdentifyLine, loop: EventLoop) {
        self.rest = rest
        self.line = line
        self.loop = loop
    }

    func gatewayBot() async throws -> DiscordREST.GatewayBot {
        if let last, loop.now - last.at < Self.heldFor { return last.answer }
        if let running { return try await running.value }
        let task = Task { [rest] in try await rest.gatewayBot() }
        running = task
        defer { running = nil }
        let answer = try await task.value
        await line.setMaxConcurrency(answer.maxConcurrency)
        last = (answer, loop.now)
        return answer
    }
}
