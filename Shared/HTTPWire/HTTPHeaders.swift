/// Header fields in the order of the message. Names compare without regard to ASCII case (RFC 9110 section
/// 5.1).
///
/// The fields lie in one piece of memory, as they came or will go; a text is made of a name or a value when somebody
/// asks for it. So a head of many fields is read without a piece of memory for each.
package struct HTTPHeaders: Sendable, Equatable, Sequence, ExpressibleByDictionaryLiteral {
    package struct Field: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    /// Where in `bytes` a field's name and value are.
    struct Place: Sendable {
        let name: Range<Int>
        let value: Range<Int>
    }

    private var bytes: [UInt8] = []
    private var places: [Place] = []
    /// `bytes` are the fields' lines as they go out, and nothing else.
    private var isWritten = true

    package init() {}

    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }

    /// Fields that a parser has checked; they lie somewhere in `bytes`.
    init(parsed bytes: [UInt8], _ places: [Place]) {
        self.bytes = bytes
        self.places = places
        isWritten = false
    }

    package var count: Int { places.count }

    /// The first field of that name.
    package subscript(name: String) -> String? {
        var values = values(name)
        return values.next().map { String(decoding: $0, as: UTF8.self) }
    }

    /// Every field of that name, in order.
    package func all(_ name: String) -> [String] {
        values(name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The same, as the bytes that they are.
    package func values(_ name: String) -> Values { Values(headers: self, name: name) }

    package struct Values: Sequence, IteratorProtocol {
        fileprivate let headers: HTTPHeaders
        fileprivate let name: String
        private var index = 0

        fileprivate init(headers: HTTPHeaders, name: String) {
            self.headers = headers
            self.name = name
        }

        package mutating func next() -> ArraySlice<UInt8>? {
            while index < headers.places.count {
                let place = headers.places[index]
                index += 1
                if headers.isNamed(name, place) { return headers.bytes[place.value] }
            }
            return nil
        }
    }

    private func isNamed(_ name: String, _ place: Place) -> Bool {
        let name = name.utf8.span
        guard name.count == place.name.count else { return false }
        let own = bytes.span
        for index in 0..<name.count
        where lowercased(name[index]) != lowercased(own[place.name.lowerBound + index]) {
            return false
        }
        return true
    }

    /// Adds a field that goes out on a wire. Control characters in the value become blanks, so that no value
    /// can end its line early and forge another field. The name comes from code and must be a token.
    package mutating func add(_ name: String, _ value: String) {
        precondition(!name.isEmpty && name.utf8.allSatisfy(isTokenByte), "a header name must be a token")
        let start = bytes.count
        bytes.append(contentsOf: name.utf8)
        let nameEnd = bytes.count
        bytes.append(contentsOf: ": ".utf8)
        let valueStart = bytes.count
        bytes.append(contentsOf: value.utf8)
        let end = bytes.count
        for index in valueStart..<end where isControlByte(bytes[index]) { bytes[index] = 0x20 }
        bytes.append(contentsOf: "\r\n".utf8)
        places.append(Place(name: start..<nameEnd, value: valueStart..<end))
    }

    /// Adds a field unless one of that name is there.
    package mutating func addIfMissing(_ name: String, _ value: String) {
        if !places.contains(where: { isNamed(name, $0) }) { add(name, value) }
    }

    package mutating func remove(_ name: String) {
        guard places.contains(where: { isNamed(name, $0) }) else { return }
        places = places.filter { !isNamed(name, $0) }
        isWritten = false
    }

    package mutating func replace(_ name: String, _ value: String) {
        remove(name)
        add(name, value)
    }

    /// Whether a comma-separated list field holds `token`, compared without case (`Connection: keep-alive,
    /// Upgrade`).
    package func list(_ name: String, contains token: String) -> Bool {
        for value in values(name) {
            for part in value.split(separator: UInt8(ascii: ","))
            where asciiEqual(trimmed(part), token.utf8) {
                return true
            }
        }
        return false
    }

    package func makeIterator() -> IndexingIterator<[Field]> {
        places.map {
            Field(
                name: String(decoding: bytes[$0.name], as: UTF8.self),
                value: String(decoding: bytes[$0.value], as: UTF8.self)
            )
        }
        .makeIterator()
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.places.elementsEqual(right.places) {
            left.bytes[$0.name] == right.bytes[$1.name] && left.bytes[$0.value] == right.bytes[$1.value]
        }
    }

    /// The fields as lines of a head.
    func write(to head: inout [UInt8]) {
        if isWritten {
            head += bytes
            return
        }
        for place in places {
            head += bytes[place.name]
            head.append(UInt8(ascii: ":"))
            head.append(0x20)
            head += bytes[place.value]
            head.append(0x0D)
            head.append(0x0A)
        }
    }
}
