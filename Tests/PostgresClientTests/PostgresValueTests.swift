import Base
import PostgresClient
import Testing

@Suite struct PostgresValueTests {
    private func text(_ value: PostgresValue) -> String? {
        value.encoded.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `values have the text form that PostgreSQL reads`() {
        let table: [(PostgresValue, String?)] = [
            (.null, nil), (.text("Grüße\0!"), "Grüße!"), (.int(.min), "-9223372036854775808"),
            (.bool(true), "t"),
            (.double(0.1), "0.1"), (.double(.infinity), "Infinity"), (.bytes([0, 255]), "\\x00ff"),
            (.timestamp(milliseconds: 0), "1970-01-01 00:00:00.000+00"),
            (.timestamp(milliseconds: -1), "1969-12-31 23:59:59.999+00"),
            (.timestamp(milliseconds: 951_782_400_000), "2000-02-29 00:00:00.000+00"),
            (.timestamp(milliseconds: 1_732_147_200_123), "2024-11-21 00:00:00.123+00"),
            (.timestamp(milliseconds: .max), "9999-12-31 23:59:59.999+00"),
            (.timestamp(milliseconds: .min), "0001-01-01 00:00:00.000+00"),
        ]
        for (value, expected) in table where text(value) != expected {
            Issue.record("\(value) became \(text(value) ?? "null")")
        }
    }

    @Test func `rows to be copied keep tabs, line ends and backslashes`() {
        var rows = CopyText()
        rows.append([.text("a\tb\\n\r\n"), .null, .text(""), .text("\\N")])
        #expect(String(decoding: rows.bytes, as: UTF8.self) == "a\\tb\\\\n\\r\\n\t\\N\t\t\\\\N\n")
        #expect(rows.count == 1)
    }

    @Test func `a URL must be one, and is never shown`() throws {
        _ = try PostgresConfig(url: Secret("postgresql://ana:pw@127.0.0.1:5432/db?sslmode=disable"))
        for url in ["", "mysql://x", "postgresql://ana:s3cret@[host/db", "postgres://h?s3cret=1"] {
            do {
                _ = try PostgresConfig(url: Secret(url))
                Issue.record("accepted \(url)")
            } catch {
                #expect(!error.description.contains("s3cret"))
            }
        }
    }

    @Test func `a migration's file name carries its number`() {
        #expect(Migration(fileName: "0012_add_x.sql", statements: "")?.number == 12)
        for name in ["12_x.sql", "0000_x.sql", "0001-x.sql", "0001_x.txt", "00a1_x.sql", "00001_x.sql"] {
            #expect(Migration(fileName: name, statements: "") == nil, "\(name)")
        }
    }
}
