import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { isPublic, judge } from "../../src/client/OutboundUrl.ts"

const refused = [
  "http://example.com/",
  "ftp://example.com/",
  "file:///etc/passwd",
  "javascript:alert(1)",
  "data:text/plain,hi",
  "gopher://example.com/",
  "ws://example.com/",
  "//example.com/",
  "example.com",
  "",
  "https://",
  "https://user@example.com/",
  "https://user:pass@example.com/",
  "https://example.com:pass@127.0.0.1/",
  "https://:@example.com@127.0.0.1/",
  "https://example.com:8443/",
  "https://example.com:22/",
  "https://example.com:80/",
  "https://example.com:0/",
  "https://localhost/",
  "https://LOCALHOST/",
  "https://localhost./",
  "https://a.localhost/",
  "https://printer.local/",
  "https://metadata.google.internal/",
  "https://intranet/",
  "https://127.0.0.1/",
  "https://127.1/",
  "https://127.0.1/",
  "https://2130706433/",
  "https://0x7f000001/",
  "https://0x7f.0.0.1/",
  "https://0177.0.0.1/",
  "https://017700000001/",
  "https://127.0.0.1./",
  "https://%31%32%37.0.0.1/",
  "https://①②⑦.0.0.1/",
  "https://127。0。0。1/",
  "https://0.0.0.0/",
  "https://0/",
  "https://10.0.0.1/",
  "https://172.16.0.1/",
  "https://172.31.255.255/",
  "https://192.168.1.1/",
  "https://169.254.169.254/latest/meta-data",
  "https://2852039166/",
  "https://100.64.0.1/",
  "https://198.18.0.1/",
  "https://224.0.0.1/",
  "https://255.255.255.255/",
  "https://[::1]/",
  "https://[::]/",
  "https://[::ffff:127.0.0.1]/",
  "https://[::ffff:7f00:1]/",
  "https://[::127.0.0.1]/",
  "https://[0:0:0:0:0:ffff:a00:1]/",
  "https://[64:ff9b::7f00:1]/",
  "https://[2002:7f00:1::]/",
  "https://[fe80::1]/",
  "https://[fc00::1]/",
  "https://[fd00:ec2::254]/",
  "https://[ff02::1]/",
  "https://[fe80::1%25eth0]/",
  "https://exa mple.com/",
  "https://example.com\\@127.0.0.1/",
  "https://example.com/\r\nX: y",
  `https://example.com/${"a".repeat(2_100)}`
]

describe("OutboundUrl", () => {
  it.each(refused)("SEC-4 refuses %s", (text) => {
    assert.isTrue(Result.isFailure(judge(text, [])))
  })

  it.each([
    "https://example.com/hook?x=1#y",
    "https://1.1.1.1/",
    "https://[2606:4700::1111]/",
    "https://example.com:443/"
  ])(
    "SEC-4 takes %s",
    (text) => {
      const judged = judge(text, [])
      assert.isTrue(Result.isSuccess(judged) && !judged.success.isListed)
    }
  )

  it("SEC-4 a listed host may be anything, on the port that is listed", () => {
    assert.isTrue(Result.isSuccess(judge("http://localhost:8080/", ["localhost"])))
    assert.isTrue(Result.isSuccess(judge("http://127.1:8080/", ["127.0.0.1:8080"])))
    assert.isTrue(Result.isFailure(judge("http://127.0.0.1:8081/", ["127.0.0.1:8080"])))
    assert.isTrue(Result.isFailure(judge("ftp://localhost/", ["localhost"])))
    assert.isTrue(Result.isFailure(judge("http://user@localhost/", ["localhost"])))
  })

  it("SEC-4 tells public addresses from others", () => {
    for (const address of ["8.8.8.8", "172.15.0.1", "172.32.0.1", "2001:4860:4860::8888"]) {
      assert.isTrue(isPublic(address))
    }
    for (const address of ["::ffff:8.8.8.8", "2001::1", "x", ""]) assert.isFalse(isPublic(address), address)
  })
})
