package import Base

/// One value of a document that somebody else keeps alive: a view that counts no reference, for as long as
/// `JSONValue.withView` runs and no longer. It answers as `JSONValue` does, which asks it.
///
/// Unsafe inside: its places come from the tape of a text that was read to its end, so that they are within the text, and
/// whoever lets a view out of the closure it came in lets it look at memory that may be gone.
@safe
package struct JSONView {
    private let storage: Unmanaged<JSONDocument.Storage>
    private let bytes: UnsafePointer<UInt8>
    private let tape: UnsafePointer<TapeEntry>
    private let index: Int

    fileprivate init(
        storage: Unmanaged<JSONDocument.Storage>,
        bytes: UnsafePointer<UInt8>,
        tape: UnsafePointer<TapeEntry>,
        index: Int
    ) {
        unsafe self.storage = unsafe storage
        unsafe self.bytes = unsafe bytes
        unsafe self.tape = unsafe tape
        self.index = index
    }

    @inline(__always)
    private func view(of index: Int) -> JSONView {
        unsafe JSONView(storage: storage, bytes: bytes, tape: tape, index: index)
    }

    @inline(__always)
    private var entry: TapeEntry { unsafe tape[index] }

    /// The same value, for who keeps it.
    package var kept: JSONValue { unsafe JSONValue(storage: storage.takeUnretainedValue(), index: index) }

    package var kind: JSONValue.Kind { entry.kind }
    package var isNull: Bool { kind == .null }

    /// The exact bytes of the value in the text, quotes and brackets included; as long as the view is good.
    package var raw: UnsafeRawBufferPointer {
        let entry = entry
        return unsafe UnsafeRawBufferPointer(
            start: bytes + Int(entry.start),
            count: Int(entry.end - entry.start)
        )
    }

    /// The text of a string without escapes; as long as the view is good.
    package var plain: UnsafeRawBufferPointer? {
        let entry = entry
        guard entry.kind == .string, !entry.isEscaped else { return nil }
        return unsafe content(entry)
    }

    @inline(__always)
    private func content(_ entry: TapeEntry) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(
            start: bytes + Int(entry.start) + 1,
            count: Int(entry.end - entry.start) - 2
        )
    }

    package var string: String? {
        let entry = entry
        guard entry.kind == .string else { return nil }
        let content = unsafe content(entry)
        return entry.isEscaped
            ? JSONUnescape.text(unsafe Array(content)[...]) : unsafe String(decoding: content, as: UTF8.self)
    }

    package var bool: Bool? {
        let entry = entry
        guard entry.kind == .bool else { return nil }
        return unsafe bytes[Int(entry.start)] == 0x74
    }

    // MARK: Numbers

    /// A string of decimal digits, or a number: Discord writes the first and echoes wrong ids as the second.
    package var snowflake: Snowflake? {
        let entry = entry
        return switch entry.kind {
        case .string: digits(Int(entry.start) + 1, Int(entry.end) - 1).map(Snowflake.init)
        case .number: digits(Int(entry.start), Int(entry.end)).map(Snowflake.init)
        case .null, .bool, .array, .object: nil
        }
    }

    /// Exact, or nil: a number with a fraction or an exponent, or one that does not fit, is no integer here.
    package var int64: Int64? {
        let entry = entry
        guard entry.kind == .number else { return nil }
        let (start, end) = (Int(entry.start), Int(entry.end))
        guard unsafe bytes[start] == 0x2D else { return digits(start, end).flatMap { Int64(exactly: $0) } }
        guard let magnitude = digits(start + 1, end), magnitude <= 1 << 63 else { return nil }
        return magnitude == 1 << 63 ? .min : -Int64(magnitude)
    }

    package var uint64: UInt64? {
        let entry = entry
        return entry.kind == .number ? digits(Int(entry.start), Int(entry.end)) : nil
    }

    package var int: Int? { int64.map { Int($0) } }

    /// The nearest double; nil where that is infinite.
    package var double: Double? {
        guard kind == .number, let value = unsafe Double(String(decoding: raw, as: UTF8.self)),
            value.isFinite
        else { return nil }
        return value
    }

    /// As `UInt64(decimal:)`.
    @inline(__always)
    private func digits(_ start: Int, _ end: Int) -> UInt64? {
        guard 1...20 ~= end - start else { return nil }
        var value: UInt64 = 0
        // Nineteen digits always fit.
        for index in start..<min(end, start + 19) {
            let digit = unsafe bytes[index] &- 0x30
            guard digit < 10 else { return nil }
            value = value &* 10 &+ UInt64(digit)
        }
        guard end - start == 20 else { return value }
        let digit = unsafe bytes[end - 1] &- 0x30
        let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = tens.addingReportingOverflow(UInt64(digit))
        return digit < 10 && !overflow && !carry ? sum : nil
    }

    // MARK: What is inside

    package var array: JSONViewArray? { kind == .array ? JSONViewArray(value: self) : nil }
    package var object: JSONViewObject? { kind == .object ? JSONViewObject(value: self) : nil }

    var childCount: Int { entry.childCount }

    /// The children, each as a view; of an object key and value in turn.
    struct Children {
        private let parent: JSONView
        private var index: Int
        private let end: Int

        init(of parent: JSONView) {
            self.parent = parent
            index = parent.index + 1
            end = Int(parent.entry.next)
        }

        @inline(__always)
        mutating func next() -> JSONView? {
            guard index < end else { return nil }
            let child = parent.view(of: index)
            index = Int(child.entry.next)
            return child
        }
    }

    /// The object's member of this name; of duplicates the first. Nil also where this is no object.
    package subscript(_ key: StaticString) -> JSONView? {
        unsafe find(UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
            .map { view(of: $0) }
    }

    /// The same for names that are data.
    @_disfavoredOverload
    package subscript(_ key: String) -> JSONView? {
        let utf8 = key.utf8.span
        return unsafe utf8.withUnsafeBytes { unsafe find($0) }.map { view(of: $0) }
    }

    /// The place of the member's value.
    @inline(__always)
    private func find(_ name: UnsafeRawBufferPointer) -> Int? {
        let own = entry
        guard own.kind == .object else { return nil }
        let end = Int(own.next)
        // With its quotes.
        let size = UInt32(truncatingIfNeeded: name.count + 2)
        var member = index + 1
        while member < end {
            let key = unsafe tape[member]
            if key.isEscaped {
                if unsafe JSONUnescape.isText(Array(content(key)), name) { return member + 1 }
            } else if key.end &- key.start == size, unsafe stands(name, key) {
                return member + 1
            }
            member = unsafe Int(tape[member + 1].next)
        }
        return nil
    }

    /// Byte by byte: to `==` of strings a letter with its accent is equal to the two in one.
    @inline(__always)
    private func stands(_ name: UnsafeRawBufferPointer, _ entry: TapeEntry) -> Bool {
        let content = unsafe content(entry)
        guard content.count == name.count else { return false }
        for index in 0..<name.count where unsafe content[index] != name[index] { return false }
        return true
    }

    /// Whether it is a string of exactly this text.
    package func isText(_ text: StaticString) -> Bool {
        unsafe isText(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// The same of these bytes.
    package func isText(_ text: UnsafeRawBufferPointer) -> Bool {
        let entry = entry
        guard entry.kind == .string else { return false }
        guard entry.isEscaped else { return unsafe stands(text, entry) }
        return unsafe JSONUnescape.isText(Array(content(entry)), text)
    }
}

/// The elements of an array, in the order of the text.
package struct JSONViewArray: Sequence {
    let value: JSONView

    package var count: Int { value.childCount }
    package var isEmpty: Bool { count == 0 }
    package var first: JSONView? { first { _ in true } }
    package var underestimatedCount: Int { count }

    package func makeIterator() -> Iterator { Iterator(children: JSONView.Children(of: value)) }

    package struct Iterator: IteratorProtocol {
        var children: JSONView.Children

        package mutating func next() -> JSONView? { children.next() }
    }
}

/// The members of an object, in the order of the text, duplicates included.
package struct JSONViewObject: Sequence {
    let value: JSONView

    package var count: Int { value.childCount }
    package var isEmpty: Bool { count == 0 }
    package var underestimatedCount: Int { count }

    package func makeIterator() -> Iterator { Iterator(children: JSONView.Children(of: value)) }

    package struct Iterator: IteratorProtocol {
        var children: JSONView.Children

        package mutating func next() -> (key: JSONView, value: JSONView)? {
            guard let key = children.next(), let value = children.next() else { return nil }
            return (key, value)
        }
    }
}

extension JSONValue {
    /// Looks at the value without counting references; the view and what comes of it are good within `body` only.
    package func withView<Result, Failure: Error>(
        _ body: (JSONView) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try look(body)
    }

    /// The same without types of the caller's, for what is done many times a dispatch: generic code of another module is not
    /// compiled for them.
    package func visit(_ body: (JSONView) -> Void) { look(body) }

    /// The same for this module, where it becomes part of the caller.
    @inline(__always)
    func look<Result, Failure: Error>(
        _ body: (JSONView) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // Kept by this value until `body` is done; the arrays are the storage's and never change.
        let storage = storage
        defer { withExtendedLifetime(storage) {} }
        return try unsafe storage.bytes.withUnsafeBufferPointer { bytes throws(Failure) in
            try unsafe storage.tape.withUnsafeBufferPointer { tape throws(Failure) in
                guard let text = bytes.baseAddress, let entries = tape.baseAddress else {
                    preconditionFailure("a text that was read has a value")
                }
                return try body(
                    unsafe JSONView(
                        storage: .passUnretained(storage),
                        bytes: text,
                        tape: entries,
                        index: index
                    )
                )
            }
        }
    }
}
