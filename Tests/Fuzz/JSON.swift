import JSON

/// JSONDocument: what is accepted reads the same from each value's raw bytes and when written anew.
func fuzzJSON(bytes: [UInt8]) throws(FuzzFailure) {
    // Two levels below the standard, so that a value can be put into an array again.
    guard let root = parsed(bytes, depthMax: 126) else { return }
    try check(root, depth: 0)
    let once = written(root)
    guard let again = parsed(once) else {
        throw FuzzFailure(description: "written and not read: \(text(once))")
    }
    try hold(written(again) == once, "changes when written again: \(text(once))")
    guard let boxed = parsed([0x5B] + Array(root.raw) + [0x5D]), let element = boxed.array?.first else {
        throw FuzzFailure(description: "does not fit into an array")
    }
    try hold(written(element) == once, "reads otherwise within an array")
    // Blanks around it change nothing; anything else behind it does.
    try hold(parsed([0x20, 0x0A] + bytes + [0x09, 0x0D]) != nil, "blanks around it are refused")
    try hold(parsed(bytes + [0x20, 0x5D]) == nil, "a stray bracket is let pass")
}

private func parsed(_ bytes: [UInt8], depthMax: Int = 128) -> JSONValue? {
    do throws(JSONError) {
        return try JSONDocument(parsing: bytes, limits: JSONLimits(depthMax: depthMax)).root
    } catch {
        precondition(0...bytes.count ~= error.offset, "an error behind the text: \(error)")
        return nil
    }
}

private func check(_ value: JSONValue, depth: Int) throws(FuzzFailure) {
    if depth < 3 {
        guard let alone = parsed(Array(value.raw)) else {
            throw FuzzFailure(description: "raw is no text of its own: \(text(value.raw))")
        }
        try hold(alone.kind == value.kind && alone.raw.elementsEqual(value.raw), "raw is something else")
    }
    _ = value.snowflake
    switch value.kind {
    case .null, .bool: try hold(value.isNull || value.bool != nil, "neither null nor a truth value")
    case .number: try checkNumber(value)
    case .string: try hold(value.string != nil, "a string without text")
    case .array:
        var count = 0
        for element in value.array.map({ Array($0) }) ?? [] {
            try check(element, depth: depth + 1)
            count += 1
        }
        try hold(count == value.array?.count, "an array miscounts")
    case .object: try checkObject(value, depth)
    }
}

private func checkNumber(_ value: JSONValue) throws(FuzzFailure) {
    if let int = value.int64 {
        try hold(text(value.raw) == "\(int)" || text(value.raw) == "-0", "\(text(value.raw)) is not \(int)")
        try hold(value.double == Double(int), "the double of \(int)")
    }
    if let unsigned = value.uint64 { try hold(text(value.raw) == "\(unsigned)", "not \(unsigned)") }
    guard let double = value.double else { return }
    var writer = JSONWriter()
    writer.double(double)
    try hold(parsed(writer.takeBytes())?.double == double, "\(double) changes when written")
}

private func checkObject(_ value: JSONValue, _ depth: Int) throws(FuzzFailure) {
    let members = value.object.map { Array($0) } ?? []
    try hold(members.count == value.object?.count, "an object miscounts")
    var seen: Set<[UInt8]> = []
    for (key, member) in members {
        // Of duplicates the first, compared byte by byte.
        if seen.insert(Array(key.utf8)).inserted {
            let found = value[key].map { $0.raw.startIndex }
            try hold(found == member.raw.startIndex, "another member than the first “\(key)”")
        }
        try check(member, depth: depth + 1)
    }
    try hold(value["\u{1}no such\u{1}"] == nil || !seen.isEmpty, "a member out of nothing")
}

/// The value written anew; duplicates are kept.
private func written(_ value: JSONValue) -> [UInt8] {
    var writer = JSONWriter()
    write(value, into: &writer)
    return writer.takeBytes()
}

private func write(_ value: JSONValue, into writer: inout JSONWriter) {
    switch value.kind {
    case .null: writer.null()
    case .bool: writer.bool(value.bool ?? false)
    case .number: writer.raw(value.raw)
    case .string: writer.string(value.string ?? "")
    case .array:
        writer.beginArray()
        if let elements = value.array { for element in elements { write(element, into: &writer) } }
        writer.endArray()
    case .object:
        writer.beginObject()
        if let members = value.object {
            for (key, member) in members {
                writer.key(text: key)
                write(member, into: &writer)
            }
        }
        writer.endObject()
    }
}
