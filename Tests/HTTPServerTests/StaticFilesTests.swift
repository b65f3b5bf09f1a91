import Glibc
import HTTPServer
import HTTPWire
import Testing

@Suite struct StaticFilesTests {
    /// A folder with files, a way out of it, and a secret beside it.
    final class Folder {
        let path: String
        var root: String { path + "/root" }

        init() throws {
            var template = Array("/tmp/guildwire-static-XXXXXX".utf8CString)
            path = try #require(mkdtemp(&template).map { String(cString: $0) })
            mkdir(root, 0o755)
            mkdir(root + "/sub", 0o755)
            write("root/index.html", "<p>index")
            write("root/app.js", "0123456789")
            write("root/sub/index.html", "<p>sub")
            write("root/.hidden", "hidden")
            write("secret", "secret")
            mkdir(path + "/root-beside", 0o755)
            write("root-beside/secret", "secret")
            symlink(path + "/secret", root + "/out")
            symlink("../root-beside", root + "/beside")
            symlink("app.js", root + "/in.js")
            symlink(path, root + "/up")
            mkfifo(root + "/pipe", 0o600)
        }

        func write(_ name: String, bytes: [UInt8]) {
            guard let file = fopen(path + "/" + name, "w") else { return }
            fwrite(bytes, 1, bytes.count, file)
            fclose(file)
        }

        func write(_ name: String, _ text: String) {
            guard let file = fopen(path + "/" + name, "w") else { return }
            fputs(text, file)
            fclose(file)
        }

        deinit {
            for name in [
                "root/index.html", "root/app.js", "root/sub/index.html", "root/.hidden", "root/out",
                "root/beside",
                "root/a.json", "root/a.svg", "root/a.png", "root/a.txt", "root/in.js", "root/up", "root/pipe",
                "root-beside/secret", "secret",
            ] { unlink(path + "/" + name) }
            for name in ["root/sub", "root", "root-beside", ""] { rmdir(path + "/" + name) }
        }
    }

    private func answer(
        _ files: StaticFiles,
        _ path: String,
        method: String = "GET",
        _ headers: HTTPHeaders = [:]
    ) async throws -> (status: Int, body: String, headers: HTTPHeaders) {
        let head = try HTTPRequestHead(method: method, target: "/", headers: headers)
        let response = await files.response(to: HTTPRequest(head: head), path: path)
        guard case .bytes(let bytes) = response.body else { return (response.status, "", response.headers) }
        return (response.status, String(decoding: bytes, as: UTF8.self), response.headers)
    }

    @Test func `files and indexes are served with their type, everything else is not there`() async throws {
        let folder = try Folder()
        let files = StaticFiles(root: folder.root)
        let served = [
            ("", "<p>index", "text/html; charset=utf-8"), ("sub", "<p>sub", "text/html; charset=utf-8"),
            ("sub/", "<p>sub", "text/html; charset=utf-8"),
            ("app.js", "0123456789", "text/javascript; charset=utf-8"),
            ("in.js", "0123456789", "text/javascript; charset=utf-8"),
        ]
        for (path, body, type) in served {
            let found = try await answer(files, path)
            #expect(
                found.status == 200 && found.body == body && found.headers["content-type"] == type,
                "\(path)"
            )
        }
        let refused = [
            "out", "beside/secret", "beside", "up/secret", "up/root/app.js.", ".hidden", "..", "../secret",
            "./app.js", "/app.js",
            "sub//index.html", "app.js/", "app.js/x", "missing", "pipe", "app.js\u{0}", "sub/../app.js",
            "../root-beside/secret",
        ]
        for path in refused {
            let found = try await answer(files, path)
            #expect(found.status == 404 && !found.body.contains("secret"), "\(path)")
        }
    }

    @Test func `tags spare the body until the file changes`() async throws {
        let folder = try Folder()
        let files = StaticFiles(root: folder.root)
        let first = try await answer(files, "app.js")
        let tag = try #require(first.headers["etag"])
        for header in [tag, "\"x\", W/\(tag)", "*"] {
            let again = try await answer(files, "app.js", ["If-None-Match": header])
            #expect(again.status == 304 && again.body == "" && again.headers["etag"] == tag, "\(header)")
        }
        #expect(try await answer(StaticFiles(root: folder.root), "app.js").headers["etag"] == tag)
        folder.write("root/app.js", "other")
        let changed = try await answer(files, "app.js", ["If-None-Match": tag])
        #expect(changed.status == 200 && changed.body == "other" && changed.headers["etag"] != tag)
    }

    @Test func `ranges are served as asked, or refused`() async throws {
        let folder = try Folder()
        let files = StaticFiles(root: folder.root)
        let tag = try #require(try await answer(files, "app.js").headers["etag"])
        let table: [(HTTPHeaders, Int, String, String?)] = [
            (["Range": "bytes=2-4"], 206, "234", "bytes 2-4/10"),
            (["Range": "bytes=7-"], 206, "789", "bytes 7-9/10"),
            (["Range": "bytes=-3"], 206, "789", "bytes 7-9/10"),
            (["Range": "bytes=-99"], 206, "0123456789", "bytes 0-9/10"),
            (["Range": "bytes=9-99"], 206, "9", "bytes 9-9/10"),
            (["Range": "bytes=0-18446744073709551615"], 206, "0123456789", "bytes 0-9/10"),
            (["Range": "bytes=4-2"], 200, "0123456789", nil),
            (["Range": "bytes=1-2,4-5"], 200, "0123456789", nil),
            (["Range": "lines=1-2"], 200, "0123456789", nil),
            (["Range": "bytes=a-b"], 200, "0123456789", nil),
            (["Range": "bytes=2-4", "If-Range": tag], 206, "234", "bytes 2-4/10"),
            (["Range": "bytes=2-4", "If-Range": "\"old\""], 200, "0123456789", nil),
        ]
        for (headers, status, body, range) in table {
            let part = try await answer(files, "app.js", headers)
            #expect(
                part.status == status && part.body == body && part.headers["content-range"] == range,
                "\(headers)"
            )
        }
        for range in ["bytes=10-", "bytes=-0"] {
            let refused = try await answer(files, "app.js", ["Range": range])
            #expect(refused.status == 416 && refused.headers["content-range"] == "bytes */10")
        }
    }

    @Test func `a file is packed where it is text, not small, and a tenth smaller then`() async throws {
        let folder = try Folder()
        // Bytes that do not get smaller, from a generator that is the same everywhere.
        var seed: UInt32 = 1
        let noise = (0..<2_000).map { _ -> UInt8 in
            seed = seed &* 1_664_525 &+ 1_013_904_223
            return UInt8(seed >> 24)
        }
        func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0x20, count: count) }
        let table: [(name: String, bytes: [UInt8], isPacked: Bool)] = [
            ("a.txt", zeros(1_023), false), ("a.txt", zeros(1_024), true), ("a.json", zeros(2_000), true),
            ("a.svg", zeros(2_000), true), ("a.png", zeros(2_000), false), ("a.txt", noise, false),
            ("a.txt", noise + zeros(150), false), ("a.txt", noise + zeros(400), true),
        ]
        for (name, bytes, isPacked) in table {
            folder.write("root/\(name)", bytes: bytes)
            let files = StaticFiles(root: folder.root)
            let found = try await answer(files, name, ["Accept-Encoding": "gzip"])
            #expect((found.headers["content-encoding"] == "gzip") == isPacked, "\(name) \(bytes.count)")
            // What depends on the field says so, also where this one is sent as it is.
            #expect(found.headers["vary"] == (name == "a.png" ? nil : "Accept-Encoding"), "\(name)")
            #expect(found.headers["x-content-type-options"] == "nosniff", "\(name)")
            #expect(found.headers["cache-control"] == "no-cache" && found.headers["accept-ranges"] == "bytes")
        }
    }

    @Test func `conditions and ranges are of the representation that is sent`() async throws {
        let folder = try Folder()
        folder.write("root/app.js", String(repeating: "let guild = guilds.get(id);\n", count: 100))
        let files = StaticFiles(root: folder.root)
        let plain = try #require(try await answer(files, "app.js").headers["etag"])
        let packed = try #require(
            try await answer(files, "app.js", ["Accept-Encoding": "gzip"]).headers["etag"]
        )
        let part = "bytes=0-2"
        let table: [(method: String, headers: HTTPHeaders, status: Int)] = [
            ("GET", ["If-Match": plain], 200), ("GET", ["If-Match": packed], 412),
            ("GET", ["If-Match": packed, "Accept-Encoding": "gzip"], 200),
            ("GET", ["If-Match": plain, "Accept-Encoding": "gzip"], 412),
            ("GET", ["If-None-Match": packed], 200),
            ("GET", ["If-None-Match": plain, "Accept-Encoding": "gzip"], 200),
            ("GET", ["Range": part, "If-Range": plain, "Accept-Encoding": "gzip"], 206),
            ("GET", ["Range": part, "If-Range": packed, "Accept-Encoding": "gzip"], 200),
            ("HEAD", ["Range": part], 200),
        ]
        for (method, headers, status) in table {
            let found = try await answer(files, "app.js", method: method, headers)
            #expect(found.status == status, "\(method) \(headers)")
        }
        let known = try await answer(files, "app.js", ["If-None-Match": plain])
        #expect(known.status == 304 && known.headers["vary"] == "Accept-Encoding")
    }

    @Test func `text goes in gzip to who takes it, under a tag of its own`() async throws {
        let folder = try Folder()
        let text = String(repeating: "let guild = guilds.get(id);\n", count: 100)
        folder.write("root/app.js", text)
        let files = StaticFiles(root: folder.root)
        let plain = try await answer(files, "app.js")
        #expect(plain.body == text && plain.headers["vary"] == "Accept-Encoding")
        let table: [(String, Bool)] = [
            ("gzip", true), ("br, GZIP;q=0.5", true), ("x-gzip", true), ("*", true), ("*;q=0, gzip", true),
            ("br", false), ("*;q=0", false), ("gzip;q=0", false), ("gzip; q=0.000", false),
            ("*, gzip;q=0", false), ("", false), ("br,\tgzip", true), ("gzip;q=0.001", true),
        ]
        for (accepted, isPacked) in table {
            let packed = try await answer(files, "app.js", ["Accept-Encoding": accepted])
            #expect((packed.headers["content-encoding"] == "gzip") == isPacked, "\(accepted)")
            #expect((packed.headers["etag"] != plain.headers["etag"]) == isPacked, "\(accepted)")
            #expect((packed.body == text) != isPacked, "\(accepted)")
        }
        // The field may come several times: RFC 9110 section 5.3.
        var fields: HTTPHeaders = ["Accept-Encoding": "br"]
        fields.add("Accept-Encoding", "gzip")
        #expect(try await answer(files, "app.js", fields).headers["content-encoding"] == "gzip")
        let packed = try await answer(files, "app.js", ["Accept-Encoding": "gzip"])
        let tag = try #require(packed.headers["etag"])
        let again = try await answer(files, "app.js", ["Accept-Encoding": "gzip", "If-None-Match": tag])
        #expect(again.status == 304 && again.headers["etag"] == tag && again.body == "")
        let part = try await answer(files, "app.js", ["Accept-Encoding": "gzip", "Range": "bytes=0-2"])
        #expect(part.status == 206 && part.body == "let" && part.headers["content-encoding"] == nil)
        let small = try await answer(files, "sub/", ["Accept-Encoding": "gzip"])
        #expect(small.body == "<p>sub" && small.headers["content-encoding"] == nil)
    }
}
