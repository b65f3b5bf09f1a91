/// What an authorised request may do, and until when.
package struct Ticket: Sendable, Hashable {
    /// Of a key its maker: their sight is the most that it has.
    package let subject: Subject
    /// The session's or the key's id, by which it can be revoked; nil where there is none.
    package let session: String?
    /// Unix milliseconds after which its streams end; nil: never.
    package let expires: Int64?
    /// What narrows its streams: `StreamFilter.narrowed(by:)`.
    package let key: KeyGrant?

    package init(
        subject: Subject,
        session: String? = nil,
        expires: Int64? = nil,
        key: KeyGrant? = nil
    ) {
        self.subject = subject
        self.session = session
        self.expires = expires
        self.key = key
    }

    /// `WEB_ACCESS=open`.
    package static let open = Ticket(subject: .everyone)
}
