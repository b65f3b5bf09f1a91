import JSON
import Testing

@Suite struct JSONViewTests {
    private static let text = #"{"a":"x","a":"y","b":[1,"two",null],"\u0063":"e\u0078","d":{},"n":-5}"#

    @Test func `a view answers as the value does`() throws {
        let root = try JSONDocument(parsing: Self.text).root
        root.withView { view in
            for name in ["a", "b", "c", "d", "n", "none"] {
                #expect(view[name]?.kept.kind == root[name]?.kind, "\(name)")
                #expect(view[name]?.string == root[name]?.string, "\(name)")
                #expect(view[name]?.int == root[name]?.int, "\(name)")
            }
            #expect(view.object?.map { $0.key.string ?? "" } == ["a", "a", "b", "c", "d", "n"])
            #expect(view["b"]?.array?.map { $0.kind } == [.number, .string, .null])
            #expect(view["b"]?.array?.first?.int == 1)
        }
    }

    @Test func `a text is compared byte by byte, escapes read`() throws {
        let root = try JSONDocument(parsing: Self.text).root
        root.withView { view in
            #expect(view["a"]?.isText("x") == true && view["a"]?.isText("y") == false)
            #expect(view["c"]?.isText("ex") == true && view["c"]?.isText("e") == false)
            #expect(view["n"]?.isText("-5") == false)
            #expect(view["c"]?.plain == nil && view["n"]?.plain == nil)
            #expect(view["a"]?.plain.map { Array($0) } == [0x78])
        }
    }

    @Test func `what is kept of a view outlives it`() throws {
        let kept = try JSONDocument(parsing: Self.text).root.withView { $0["b"]?.kept }
        #expect(kept?.array?.count == 3)
    }
}
