internal import HTTPServer

extension Simulation {
    /// Every dispatch given to a session, one JSON object per line; see `DispatchLog.lines`.
    func controlLog(_ request: HTTPRequest) -> HTTPResponse {
        let (after, limit) = page(request)
        return lines(
            core.log.lines(after: after, limit: limit),
            total: core.log.count,
            dropped: core.log.dropped
        )
    }

    /// Every call of the API, one JSON object per line; see `RESTLog.lines`.
    func controlREST(_ request: HTTPRequest) -> HTTPResponse {
        let (after, limit) = page(request)
        return lines(
            restLog.lines(after: after, limit: limit),
            total: restLog.count,
            dropped: restLog.dropped
        )
    }
}
