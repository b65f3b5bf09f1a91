internal import Base
internal import Foundation
internal import FoundationNetworking

/// The transfers under way: what has come of each body, and who waits for it. URLSession calls in on its own queue.
final class Transfers: NSObject, URLSessionDataDelegate {
    /// A result, not a throwing continuation: see `BlockingPool.run`.
    typealias Continuation = CheckedContinuation<Result<HTTPReply, any Error>, Never>

    private struct Transfer {
        let bodyBytesMax: Int
        let continuation: Continuation
        var body: [UInt8] = []
        var isTooLarge = false
    }

    private let transfers = Locked<[Int: Transfer]>([:])

    func add(_ id: Int, bodyBytesMax: Int, _ continuation: Continuation) {
        transfers.withLock { $0[id] = Transfer(bodyBytesMax: bodyBytesMax, continuation: continuation) }
    }

    /// Nobody waits for it any more; what URLSession says of it from now on is passed over.
    func cancel(_ id: Int) {
        guard let transfer = transfers.withLock({ $0.removeValue(forKey: id) }) else { return }
        let cancelled = HTTPClientError(code: .cancelled, reason: "cancelled")
        transfer.continuation.resume(returning: .failure(cancelled))
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let id = dataTask.taskIdentifier
        let fits = transfers.withLock { transfers in
            guard var transfer = transfers.removeValue(forKey: id) else { return true }
            transfer.isTooLarge =
                transfer.isTooLarge || transfer.body.count + data.count > transfer.bodyBytesMax
            if !transfer.isTooLarge { transfer.body.append(contentsOf: data) }
            transfers[id] = transfer
            return !transfer.isTooLarge
        }
        if !fits { dataTask.cancel() }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        guard let transfer = transfers.withLock({ $0.removeValue(forKey: task.taskIdentifier) }) else {
            return
        }
        if transfer.isTooLarge {
            let reason = "the answer's body is above \(transfer.bodyBytesMax) bytes"
            transfer.continuation.resume(
                returning: .failure(HTTPClientError(code: .tooLarge, reason: reason))
            )
        } else if let error {
            transfer.continuation.resume(returning: .failure(Self.failure(error)))
        } else if let response = task.response as? HTTPURLResponse {
            transfer.continuation.resume(returning: .success(Self.reply(response, transfer.body)))
        } else {
            let failure = HTTPClientError(code: .connectionFailed, reason: "no HTTP answer")
            transfer.continuation.resume(returning: .failure(failure))
        }
    }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    private static func reply(_ response: HTTPURLResponse, _ body: [UInt8]) -> HTTPReply {
        var headers: [String: String] = [:]
        for (name, value) in response.allHeaderFields {
            guard let name = name as? String, let value = value as? String else { continue }
            headers[name] = value
        }
        return HTTPReply(status: response.statusCode, headers: headers, body: body)
    }

    private static func failure(_ error: any Error) -> HTTPClientError {
        let error = error as NSError
        switch error.code {
        case NSURLErrorTimedOut: return HTTPClientError(code: .timedOut, reason: "timed out")
        case NSURLErrorCancelled: return HTTPClientError(code: .cancelled, reason: "cancelled")
        default:
            // Only the sentence: the error's other fields hold the URL.
            return HTTPClientError(code: .connectionFailed, reason: error.localizedDescription)
        }
    }
}
