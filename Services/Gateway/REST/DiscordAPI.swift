package import DiscordProtocol

/// Discord's REST API behind the limiter that all requests of this token share. Tests give one that answers from a table.
package protocol DiscordAPI: Sendable {
    func send(_ request: RESTRequest) async throws(RESTError) -> RESTReply
    /// What was refused may be allowed now.
    func changed(_ change: AccessChange)
}

extension DiscordAPI {
    package func changed(_ change: AccessChange) {}
}
