package import HTTPServer

extension Problem {
    package var response: HTTPResponse {
        headers.reduce(HTTPResponse.problem(status: status, detail: detail)) { $0.with($1.name, $1.value) }
    }
}
