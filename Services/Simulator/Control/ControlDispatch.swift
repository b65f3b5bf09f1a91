internal import HTTPServer
internal import JSON

extension Simulation {
    /// `{"t":…,"d":{…}}` happens: the guild changes, the sessions are told. Answers where the dispatch went,
    /// `[{"shard","session","s"}]`; sessions without a connection get it when they resume.
    func controlDispatch(_ request: HTTPRequest) -> HTTPResponse {
        guard let root = try? JSONDocument(parsing: request.body).root, let name = root["t"]?.string,
            let d = JSONFields(root["d"])
        else { return .problem(status: 400, detail: #"the body must be {"t":"NAME","d":{…}}"#) }
        let now = now
        var last: [Delivery] = []
        do {
            for dispatch in try core.world.perform(name, d, now: now) {
                last = core.broadcast(dispatch, now: now)
            }
        } catch {
            return .problem(status: 422, detail: error.description)
        }
        flush()
        return .json(encoded(last))
    }
}
