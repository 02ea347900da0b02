/**
 * Which addresses the engine may call on somebody's behalf: https on port 443 at public addresses, or hosts that the settings list, which may be
 * anything. Judged by what a URL means, not by how it is written: `127.1` and `2130706433` are 127.0.0.1. Pure.
 */
import { Result } from "effect"
import { BlockList, isIP } from "node:net"

/** Everything of IPv4 that is no public host. */
const closed = new BlockList()
for (
  const [net, bits] of [
    ["0.0.0.0", 8],
    ["10.0.0.0", 8],
    ["100.64.0.0", 10],
    ["127.0.0.0", 8],
    ["169.254.0.0", 16],
    ["172.16.0.0", 12],
    ["192.0.0.0", 24],
    ["192.0.2.0", 24],
    ["192.88.99.0", 24],
    ["192.168.0.0", 16],
    ["198.18.0.0", 15],
    ["198.51.100.0", 24],
    ["203.0.113.0", 24],
    ["224.0.0.0", 3]
  ] as const
) closed.addSubnet(net, bits, "ipv4")

/** What IPv6 gives to public hosts, and within it what carries or stands for something else. */
const open6 = new BlockList()
open6.addSubnet("2000::", 3, "ipv6")
const closed6 = new BlockList()
for (const [net, bits] of [["2001::", 23], ["2001:db8::", 32], ["2002::", 16], ["3fff::", 20]] as const) {
  closed6.addSubnet(net, bits, "ipv6")
}

/** Whether an IP address is one of the public internet. */
export const isPublic = (address: string): boolean => {
  switch (isIP(address)) {
    case 4:
      return !closed.check(address, "ipv4")
    case 6:
      return open6.check(address, "ipv6") && !closed6.check(address, "ipv6")
    default:
      return false
  }
}

/** An address that may be called; `isListed`: the settings vouch for it, whatever it resolves to. */
export interface Outbound {
  readonly url: URL
  readonly isListed: boolean
}

const longest = 2_048

/** Judges an address against the hosts of the settings (`name`, or `name:port`); a failure says why not, without what could be secret in it. */
export const judge = (text: string, hosts: ReadonlyArray<string>): Result.Result<Outbound, string> => {
  if (text.length > longest) return Result.fail(`expected an address of at most ${longest} characters`)
  if (/[\p{Cc}\s\\]/u.test(text) || !URL.canParse(text)) {
    return Result.fail("expected an address such as https://host/path")
  }
  const url = new URL(text)
  if (url.username !== "" || url.password !== "") return Result.fail("expected an address without user and password")
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return Result.fail(`expected https, found ${url.protocol.slice(0, -1)}`)
  }
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port
  const listed = new Set(hosts.map((host) => host.toLowerCase()))
  if (listed.has(url.hostname) || listed.has(`${url.hostname}:${port}`)) {
    return Result.succeed({ url, isListed: true })
  }
  const hint = "; the setting webhooks.hosts lists others"
  if (url.protocol !== "https:") return Result.fail(`expected https, found http${hint}`)
  if (port !== "443") return Result.fail(`expected port 443, found ${port}${hint}`)
  const bare = url.hostname.replace(/^\[(.*)\]$/, "$1")
  if (isIP(bare) !== 0 && !isPublic(bare)) return Result.fail(`expected a public host, found ${bare}${hint}`)
  if (isIP(bare) === 0 && (!bare.includes(".") || /(?:^|\.)(?:localhost|local|internal)\.?$/.test(bare))) {
    return Result.fail(`expected a public host, found ${bare}${hint}`)
  }
  return Result.succeed({ url, isListed: false })
}
