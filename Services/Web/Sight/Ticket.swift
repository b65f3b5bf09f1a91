/// What an authorised request may do, and until when.
package struct Ticket: Sendable, Hashable {
    package let subject: Subject
    /// The session's id, by which it can be revoked; nil where there is none.
    package let session: String?
    /// Unix milliseconds after which its streams end; nil: never.
    package let expires: Int64?

    package init(subject: Subject, session: String? = nil, expires: Int64? = nil) {
        self.subject = subject
        self.session = session
        self.expires = expires
    }

    /// `WEB_ACCESS=open`.
    package static let open = Ticket(subject: .everyone)
}
