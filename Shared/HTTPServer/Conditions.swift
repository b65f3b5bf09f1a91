internal import HTTPWire

/// What a request's conditions come to for content with a strong tag, in the order of RFC 9110 section 13.2.2.
///
/// Conditions on dates are ignored, as they must be where content has no date: replicas that serve the same files
/// agree on tags, not on times.
enum Conditions {
    case fulfilled
    /// `If-None-Match` names what the client has: 304.
    case notModified
    /// `If-Match` names something else: 412.
    case failed

    init(_ headers: HTTPHeaders, tag: String) {
        // `If-Match` compares strongly: a weak tag matches nothing.
        let wanted = headers.all("if-match")
        if !wanted.isEmpty, wanted != ["*"], !headers.list("if-match", contains: tag) {
            self = .failed
            return
        }
        // `If-None-Match` compares weakly: a proxy may have marked our tag.
        let isKnown =
            headers.list("if-none-match", contains: tag)
            || headers.list("if-none-match", contains: "W/" + tag)
            || headers["if-none-match"] == "*"
        self = isKnown ? .notModified : .fulfilled
    }
}
