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

        func write(_ name: String, _ text: String) {
            guard let file = fopen(path + "/" + name, "w") else { return }
            fputs(text, file)
            fclose(file)
        }

        deinit {
            for name in [
                "root/index.html", "root/app.js", "root/sub/index.html", "root/.hidden", "root/out",
                "root/beside",
                "root/in.js", "root/up", "root/pipe", "root-beside/secret", "secret",
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
            ("*, gzip;q=0", false), ("", false),
        ]
        for (accepted, isPacked) in table {
            let packed = try await answer(files, "app.js", ["Accept-Encoding": accepted])
            #expect((packed.headers["content-encoding"] == "gzip") == isPacked, "\(accepted)")
            #expect((packed.headers["etag"] != plain.headers["etag"]) == isPacked, "\(accepted)")
            #expect((packed.body == text) != isPacked, "\(accepted)")
        }
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
