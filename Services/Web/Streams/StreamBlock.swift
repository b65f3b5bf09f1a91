/// Server-Sent Events as bytes. WHATWG HTML, section 9.2.
package enum StreamBlock {
    /// One event: `id:`, `event:`, and one `data:` line, since JSON of ours holds no line end.
    package static func event(id: String, name: String, data: ArraySlice<UInt8>) -> [UInt8] {
        var block: [UInt8] = []
        block.reserveCapacity(data.count + id.utf8.count + name.utf8.count + 24)
        block += "id: ".utf8
        block += id.utf8
        block += "\nevent: ".utf8
        block += name.utf8
        block += "\ndata: ".utf8
        block += data
        block += "\n\n".utf8
        return block
    }

    /// Where in such a block its data is, of so many bytes: all but the two line ends behind it.
    static func data(of count: Int, in block: [UInt8]) -> Range<Int> {
        block.count - 2 - count..<block.count - 2
    }

    /// The beat: a comment that keeps proxies from closing, and the position scanned, so that a viewer for whom
    /// nothing happens does not age.
    package static func beat(id: String) -> [UInt8] { Array(": beat\nid: \(id)\n\n".utf8) }

    /// Tells the client how long to wait before it comes again.
    package static func retry(milliseconds: Int) -> [UInt8] { Array("retry: \(milliseconds)\n\n".utf8) }
}
