import JSON
import Testing

@Suite struct JSONDocumentsTests {
    @Test func `texts that came together are read as each by itself, good and bad ones`() {
        let texts = [
            #"{"a":[1,2,{"b":"x"}]}"#, "[1,", "7", #"{"a" 1}"#, "", " [] ", "[[[", #"{"a":"é\u0041"}"#,
            "{} x",
        ]
        var (bytes, ends): ([UInt8], [Int]) = ([], [])
        for text in texts {
            bytes += text.utf8
            ends.append(bytes.count)
        }
        // What stands behind the last is none of them.
        let documents = JSONDocuments(parsing: bytes + Array("{".utf8), ends: ends)
        #expect(documents.count == texts.count)
        for (number, text) in texts.enumerated() {
            let alone = Result { () throws(JSONError) in try JSONDocument(parsing: text).root }
            let together = Result { () throws(JSONError) in try documents.root(number) }
            switch (alone, together) {
            case (.success(let one), .success(let other)):
                #expect(one.raw.elementsEqual(other.raw) && one.kind == other.kind)
                #expect(one["a"]?.string == other["a"]?.string && one.rawCount == other.rawCount)
                #expect(one["a"]?.array?.count == other["a"]?.array?.count)
            case (.failure(let one), .failure(let other)): #expect(one == other, "\(text)")
            default: Issue.record("\(text): \(alone), \(together)")
            }
        }
    }
}
