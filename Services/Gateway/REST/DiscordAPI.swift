package import DiscordProtocol

/// Discord's REST API behind the limiter that all requests of this token share. Tests give one that answers from a table.
package protocol DiscordAPI: Sendable {
    func send(_ request: RESTRequest) async throws(RESTError) -> RESTReply
}
