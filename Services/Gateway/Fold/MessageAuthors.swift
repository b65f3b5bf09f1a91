package import Base
internal import EventModels
internal import JSON

/// Who wrote a message and when it was last edited, for the dispatches that do not say so: the last 100,000 messages of a
/// shard, for 24 hours.
///
/// In pages of messages that came one after the other, each sorted by id: a change beside a copy, which a checkpoint holds,
/// copies a page; the oldest page is forgotten whole. 32 bytes a message.
package struct MessageAuthors: Sendable, Equatable {
    package struct Author: Sendable, Equatable {
        package let id: Snowflake
        package let isWebhook: Bool
        /// `mark` of the last edit's time; 0: none.
        package fileprivate(set) var edited: UInt64 = 0

        package init(id: Snowflake, isWebhook: Bool) {
            self.id = id
            self.isWebhook = isWebhook
        }
    }

    package static let messagesMax = 100_000
    /// In milliseconds.
    package static let ageMax: Int64 = 24 * 3600 * 1000
    /// Of an edit of a message that is not remembered, in milliseconds: Discord tells an edit at once, and after an outage
    /// within the minutes that a session can be resumed.
    package static let editAgeMax: Int64 = 15 * 60 * 1000
    private static let pageMessagesMax = 1024
    private static let pageAgeMax: Int64 = 15 * 60 * 1000

    private struct Page: Sendable, Equatable {
        /// When its first message came, Unix milliseconds.
        let began: Int64
        /// Sorted by id.
        var messages: [Message] = []
    }

    private struct Message: Sendable, Equatable {
        let id: Snowflake
        var author: Author
    }

    /// Oldest first; none is empty.
    private var pages: [Page] = []
    package private(set) var count = 0

    package init() {}

    package subscript(message: Snowflake) -> Author? {
        place(of: message).map { pages[$0.page].messages[$0.index].author }
    }

    /// `ts`: when it was heard of, Unix milliseconds. Of a message that is remembered only the edit is taken.
    package mutating func remember(
        _ message: Snowflake,
        of author: Author,
        edited: String? = nil,
        at ts: Int64
    ) {
        let mark = edited.map { Self.mark($0) }
        if let place = place(of: message) {
            if let mark { pages[place.page].messages[place.index].author.edited = mark }
            return
        }
        forget(at: ts)
        var author = author
        author.edited = mark ?? 0
        let isFull = pages.last.map {
            $0.messages.count >= Self.pageMessagesMax || ts - $0.began >= Self.pageAgeMax
        }
        if isFull ?? true { pages.append(Page(began: ts)) }
        let last = pages.count - 1
        let index = Self.index(of: message, in: pages[last].messages)
        pages[last].messages.insert(Message(id: message, author: author), at: index)
        count += 1
    }

    private mutating func forget(at ts: Int64) {
        while let first = pages.first,
            count >= Self.messagesMax || ts - first.began >= Self.ageMax + Self.pageAgeMax
        {
            count -= first.messages.count
            pages.removeFirst()
        }
    }

    private func place(of message: Snowflake) -> (page: Int, index: Int)? {
        for page in pages.indices.reversed() {
            let messages = pages[page].messages
            guard let first = messages.first, let last = messages.last, first.id <= message,
                message <= last.id
            else { continue }
            let index = Self.index(of: message, in: messages)
            if messages[index].id == message { return (page, index) }
        }
        return nil
    }

    /// Where it is, or would stand. New ids are mostly the highest.
    private static func index(of message: Snowflake, in messages: [Message]) -> Int {
        guard let last = messages.last, message <= last.id else { return messages.count }
        var (low, high) = (0, messages.count)
        while low < high {
            let middle = (low + high) / 2
            if messages[middle].id < message { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// A time as Discord writes it, as a number that is never 0 (FNV-1a): two that are equal are taken for one edit.
    static func mark(_ time: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in time.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return max(1, hash)
    }

    // MARK: In a checkpoint

    /// Its member, into an object that the caller has begun: each page an array of its time and, of each message, four
    /// numbers.
    func write(into writer: inout JSONWriter) {
        writer.key("authors")
        writer.beginArray()
        for page in pages {
            writer.beginArray()
            writer.int64(page.began)
            for message in page.messages {
                writer.uint64(message.id.rawValue)
                writer.uint64(message.author.id.rawValue)
                writer.uint64(message.author.isWebhook ? 1 : 0)
                writer.uint64(message.author.edited)
            }
            writer.endArray()
        }
        writer.endArray()
    }

    /// What `write` has written.
    init(checkpoint value: JSONView) {
        for list in value.elements("authors") {
            var numbers = list.array?.makeIterator()
            guard let began = numbers?.next()?.int64 else { continue }
            var page = Page(began: began)
            while let message = numbers?.next()?.uint64, let author = numbers?.next()?.uint64,
                let webhook = numbers?.next()?.uint64, let edited = numbers?.next()?.uint64
            {
                var held = Author(id: Snowflake(author), isWebhook: webhook == 1)
                held.edited = edited
                page.messages.append(Message(id: Snowflake(message), author: held))
            }
            page.messages.sort { $0.id < $1.id }
            count += page.messages.count
            if !page.messages.isEmpty { pages.append(page) }
        }
    }
}
