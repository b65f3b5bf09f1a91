extension JSONValue {
    /// The value's text without the blanks between its parts; texts and numbers stay as they were written.
    package var compacted: [UInt8] {
        var writer = JSONWriter(reserving: raw.count)
        write(into: &writer)
        return writer.takeBytes()
    }

    /// The same, as the writer's next value.
    package func write(into writer: inout JSONWriter) {
        switch kind {
        case .null, .bool, .number, .string: writer.raw(raw)
        case .array:
            writer.beginArray()
            if let array { for element in array { element.write(into: &writer) } }
            writer.endArray()
        case .object:
            writer.beginObject()
            if let object {
                for (key, value) in object {
                    writer.key(text: key)
                    value.write(into: &writer)
                }
            }
            writer.endObject()
        }
    }
}
