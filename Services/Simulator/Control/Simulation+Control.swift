internal import Base
internal import EventLoop
package import HTTPServer
internal import HTTPWire
internal import JSON

/// What answers on the control port: what tests and people do to the simulated Discord.
extension Simulation {
    package nonisolated func controlRoutes(seed: UInt64) -> [Route] {
        [
            control("POST", "/control/dispatch") { $0.controlDispatch($1) },
            control("POST", "/control/fault") { $0.controlFault($1) },
            control("POST", "/control/rate") { $0.controlRate($1, seed: seed) },
            control("POST", "/control/interaction") { $0.controlInteraction($1) },
            control("GET", "/control/interactions") { simulation, _ in simulation.controlInteractions() },
            control("GET", "/control/people") { simulation, _ in simulation.controlPeople() },
            control("GET", "/control/limits") { simulation, _ in simulation.controlLimits() },
            control("POST", "/control/permissions") { $0.controlPermissions($1) },
            control("GET", "/control/log") { $0.controlLog($1) },
            control("GET", "/control/rest") { $0.controlREST($1) },
            control("GET", "/control/sessions") { simulation, _ in simulation.controlSessions() },
            control("GET", "/control/guilds") { simulation, _ in simulation.controlGuilds() },
            control("GET", "/health") { _, _ in .text("ok\n") },
        ]
    }

    private nonisolated func control(
        _ method: String,
        _ path: String,
        _ answer: @escaping @Sendable (isolated Simulation, HTTPRequest) -> HTTPResponse
    ) -> Route {
        Route(method: method, pattern: path) { request, _ in
            self.assumeIsolated { answer($0, request) }
        }
    }

    /// `{"n"}` lines behind `?after=N`, at most `?limit=M`.
    func page(_ request: HTTPRequest) -> (after: Int, limit: Int) {
        let after = request.head.queryItem("after").flatMap { Int($0) } ?? 0
        let limit = request.head.queryItem("limit").flatMap { Int($0) } ?? .max
        return (max(0, after), max(0, limit))
    }

    func lines(_ bytes: [UInt8], total: Int, dropped: Int) -> HTTPResponse {
        HTTPResponse(
            headers: [
                "Content-Type": "application/x-ndjson", "X-Log-Count": String(total),
                "X-Log-Dropped": String(dropped),
            ],
            body: .bytes(bytes)
        )
    }
}
