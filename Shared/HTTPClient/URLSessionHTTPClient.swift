internal import Foundation
internal import FoundationNetworking

/// The HTTP client of the house: URLSession without cookies, cache, stored credentials or redirects followed.
///
/// A redirect is given back as the answer: following it would carry the Authorization header to wherever it points.
package struct URLSessionHTTPClient: HTTPClient {
    /// Discord asks for this form: "User Agent" in its API reference.
    package static let defaultUserAgent = "DiscordBot (https://github.com/guildwire/guildwire, 0.1.0)"

    private let userAgent: String
    private let bodyBytesMax: Int
    private let transfers: Transfers
    private let session: URLSession

    /// `bodyBytesMax` bounds each answer's body, counted after content encoding is undone.
    /// `connectionsMax` is for each host; what is beyond it waits within its call's time.
    package init(
        userAgent: String = Self.defaultUserAgent,
        bodyBytesMax: Int = 8 << 20,
        connectionsMax: Int = 8
    ) {
        self.userAgent = userAgent
        self.bodyBytesMax = bodyBytesMax
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        configuration.urlCredentialStorage = nil
        configuration.httpMaximumConnectionsPerHost = connectionsMax
        transfers = Transfers()
        session = URLSession(configuration: configuration, delegate: transfers, delegateQueue: nil)
    }

    /// Lets calls that run finish and then frees the session; call it once, when no more calls come.
    package func close() { session.finishTasksAndInvalidate() }

    package func send(_ call: HTTPCall) async throws -> HTTPReply {
        let request = try request(for: call)
        return try await withThrowingTaskGroup(of: HTTPReply.self) { group in
            group.addTask { try await transfer(request) }
            group.addTask {
                do { try await Task.sleep(for: call.timeout) } catch {
                    throw HTTPClientError(code: .cancelled, reason: "cancelled")
                }
                throw HTTPClientError(code: .timedOut, reason: "no whole answer within \(call.timeout)")
            }
            defer { group.cancelAll() }
            guard let reply = try await group.next() else {
                throw HTTPClientError(code: .cancelled, reason: "cancelled")
            }
            return reply
        }
    }

    private func transfer(_ request: URLRequest) async throws -> HTTPReply {
        let task = session.dataTask(with: request)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfers.add(task.taskIdentifier, bodyBytesMax: bodyBytesMax, continuation)
                task.resume()
                // Cancelled before it was known here: URLSession may have said so to nobody, and says so once.
                if Task.isCancelled { transfers.cancel(task.taskIdentifier) }
            }
        } onCancel: {
            task.cancel()
            transfers.cancel(task.taskIdentifier)
        }
        return try result.get()
    }

    private func request(for call: HTTPCall) throws(HTTPClientError) -> URLRequest {
        func refusal(_ reason: String) -> HTTPClientError {
            HTTPClientError(code: .invalidCall, reason: reason)
        }
        guard let url = URL(string: call.url), let scheme = url.scheme?.lowercased(),
            scheme == "http" || scheme == "https", url.host()?.isEmpty == false
        else { throw refusal("not an http or https URL with a host") }
        guard Self.isToken(call.method) else { throw refusal("not an HTTP method") }
        var request = URLRequest(url: url)
        request.httpMethod = call.method
        request.setValue(userAgent, forHTTPHeaderField: "User-Agent")
        // The whole call is timed in `send`; this one, between two bytes, only frees what nobody awaits.
        request.timeoutInterval = TimeInterval(call.timeout.components.seconds + 5)
        for header in call.headers {
            guard Self.isToken(header.name),
                !header.value.utf8.contains(where: { $0 < 0x20 && $0 != 9 || $0 == 0x7F })
            else { throw refusal("not an HTTP header: \(header.name)") }
            request.setValue(header.value, forHTTPHeaderField: header.name)
        }
        if let body = call.body { request.httpBody = Data(body) }
        return request
    }

    /// RFC 9110 section 5.6.2.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
