import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Redacted, Result } from "effect"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fromHex } from "../../src/client/polymarket/clob/PrivateKey.ts"
import { depositWalletBeforeBeacon } from "../../src/client/polymarket/clob/Wallets.ts"
import { serveHttp } from "../client/HttpServer.ts"
import { commandsOf, run, venue } from "./Commands.ts"
import { folder } from "./Program.ts"

const olderOfKey = depositWalletBeforeBeacon(Result.getOrThrow(fromHex(Redacted.make("11".repeat(32)))).address)

const lines = (text: string): ReadonlyArray<Readonly<Record<string, unknown>>> =>
  text.trim().split("\n").filter((line) => line !== "").map((line) =>
    JSON.parse(line) as Readonly<Record<string, unknown>>
  )

describe("commands of the sockets", () => {
  it.live("ws: every command prints messages", () =>
    Effect.gen(function*() {
      const { file, ids } = yield* venue({ rate: 400 })
      const token = ids["token"] ?? ""
      assert.sameMembers([...commandsOf("ws")], ["ws market", "ws user", "ws sports"])
      const market = yield* run(["ws", "market", token, "--count", "5", "--json", "--endpoints", file])
      assert.strictEqual(market.code, 0, market.stderr)
      assert.strictEqual(lines(market.stdout)[0]?.["event_type"], "book")
      const sports = yield* run(["ws", "sports", "--count", "1", "--json", "--endpoints", file])
      assert.include(sports.stdout, "slug")
      const account = ["--account", "0", "--endpoints", file]
      const user = yield* Effect.forkChild(run(["ws", "user", "--count", "4", "--for", "10s", "--json", ...account]))
      const order = ["clob", "order", "post", token, "--side", "buy", "--amount", "5", "--type", "FAK", ...account]
      // The book may move away from an order on its way, which the venue then refuses.
      let accepted = 0
      for (let tries = 0; tries < 20 && user.pollUnsafe() === undefined; tries++) {
        if ((yield* run(order)).code === 0) accepted++
        yield* Effect.sleep("100 millis")
      }
      assert.isAbove(accepted, 0)
      const heard = lines((yield* Fiber.join(user)).stdout)
      assert.strictEqual(heard.length, 4)
      assert(heard.some((message) => message["type"] === "PLACEMENT"))
      assert(heard.some((message) => message["type"] === "TRADE"))
    }).pipe(Effect.scoped))

  it.live("run: own orders at the venue become events when the settings say so", () =>
    Effect.gen(function*() {
      const { endpoints, file, ids } = yield* venue({ rate: 400 })
      const own = yield* folder
      mkdirSync(join(own, "policies"))
      writeFileSync(join(own, "settings.yaml"), "account: { orders: true }\nmarkets: { top: 1 }\n")
      const where = [
        "--endpoints",
        file,
        "--config",
        join(own, "settings.yaml"),
        "--policies",
        join(own, "policies"),
        "--data",
        join(own, "d")
      ]
      const keyless = yield* run(["run", ...where, "--for", "1s"])
      assert.strictEqual(keyless.code, 65)
      assert.include(keyless.stderr, "account.orders: expected POLYMARKET_PRIVATE_KEY")
      const key = endpoints.accounts?.[0]?.privateKey ?? ""
      const running = yield* Effect.forkChild(
        run(["run", ...where, "--for", "5s", "--json"], { POLYMARKET_PRIVATE_KEY: key })
      )
      const words = ["clob", "order", "post", ids["token"] ?? "", "--side", "buy", "--amount", "5", "--type", "FAK"]
      while (running.pollUnsafe() === undefined) {
        yield* run([...words, "--account", "0", "--endpoints", file])
        yield* Effect.sleep("200 millis")
      }
      const { code, stderr, stdout } = yield* Fiber.join(running)
      assert.strictEqual(code, 0, stderr)
      const summary = JSON.parse(stdout) as { readonly events: Readonly<Record<string, number>> }
      assert.isAbove(summary.events["OrderUpdate"] ?? 0, 0)
      assert.notInclude(stdout + stderr, key.slice(2))
    }).pipe(Effect.scoped), 60_000)

  it.live("rtds: every command prints messages", () =>
    Effect.gen(function*() {
      const { file } = yield* venue({ rate: 400, markets: 4 })
      const commands = {
        "rtds prices": ["btc,eth", "--count", "6"],
        "rtds chainlink": ["btc", "--count", "2"],
        "rtds binance": ["btc,eth", "--count", "4"],
        "rtds trades": ["simulated-event-1", "--count", "1"],
        "rtds comments": ["30001", "--count", "1"]
      }
      assert.sameMembers([...commandsOf("rtds")], Object.keys(commands))
      const done = yield* Effect.forEach(Object.entries(commands), ([name, words]) =>
        run([...name.split(" "), ...words, "--for", "20s", "--json", "--endpoints", file]))
      for (const [at, { code, stderr, stdout }] of done.entries()) {
        assert.strictEqual(code, 0, stderr)
        const count = Number((Object.values(commands)[at] as ReadonlyArray<string>).at(-1))
        assert.strictEqual(lines(stdout).length, count, Object.keys(commands)[at])
      }
    }).pipe(Effect.scoped))
})

interface Report {
  readonly ok: boolean
  readonly checks: ReadonlyArray<{ readonly check: string; readonly level: string; readonly advice?: string }>
}

describe("doctor", () => {
  const levels = (report: Report) => Object.fromEntries(report.checks.map(({ check, level }) => [check, level]))

  it.live("finds nothing wrong with an account that has a key, and names what is missing otherwise", () =>
    Effect.gen(function*() {
      const { endpoints, file } = yield* venue({ rate: 400 })
      const doctor = (words: ReadonlyArray<string>, env = {}) => run(["doctor", "--endpoints", file, ...words], env)

      const none = yield* doctor(["--json", "--account", "3"])
      assert.strictEqual(levels(JSON.parse(none.stdout) as Report)["api key"], "warning")
      assert.strictEqual((yield* run(["clob", "keys", "create", "--account", "3", "--endpoints", file])).code, 0)

      const fine = yield* doctor(["--json", "--account", "3"])
      assert.strictEqual(fine.code, 0, fine.stdout)
      const report = JSON.parse(fine.stdout) as Report
      assert.isTrue(report.ok)
      assert.deepStrictEqual(levels(report), {
        clock: "ok",
        geoblock: "ok",
        wallet: "ok",
        "api key": "ok",
        "funds 0": "ok",
        "funds 1": "ok",
        "funds 2": "ok",
        "funds 3": "ok",
        "signature type": "ok",
        allowances: "ok",
        restrictions: "ok",
        "deposit wallet": "unknown",
        "market socket": "ok",
        "user socket": "ok",
        rtds: "ok",
        polybolt: "ok",
        sports: "ok"
      })
      const people = yield* doctor(["--account", "3"])
      assert.isAbove(people.stdout.split("\n").length, report.checks.length)

      const wrongType = yield* doctor(["--json"], {
        POLYMARKET_PRIVATE_KEY: endpoints.accounts[3]?.privateKey ?? "",
        POLYMARKET_SIGNATURE_TYPE: "1"
      })
      assert.strictEqual(wrongType.code, 1)
      const found = (JSON.parse(wrongType.stdout) as Report).checks.find(({ check }) => check === "signature type")
      assert.strictEqual(found?.level, "problem")
      assert.include(found?.advice ?? "", "--signature-type 3")

      const noKey = yield* doctor(["--json"])
      assert.strictEqual(noKey.code, 0)
      assert.strictEqual(levels(JSON.parse(noKey.stdout) as Report)["wallet"], "warning")
    }).pipe(Effect.scoped))

  it.live("sees a clock that is off, an address that may not trade, and which deposit wallet exists", () =>
    Effect.gen(function*() {
      const server = yield* serveHttp(({ body, path }) => {
        if (path === "/time") return { body: 1_700_000_000 }
        if (path === "/geo") return { body: { blocked: true, country: "XX" } }
        if (path === "/node") {
          return { body: { jsonrpc: "2.0", id: 1, result: body.includes(olderOfKey.slice(2)) ? "0x60" : "0x" } }
        }
        return { status: 404, body: { error: "not found" } }
      })
      const file = join(yield* folder, "endpoints.json")
      writeFileSync(file, JSON.stringify({ clob: server.url, geoblock: `${server.url}/geo` }))
      const env = { POLYMARKET_PRIVATE_KEY: "11".repeat(32), POLYGON_RPC_URL: `${server.url}/node` }
      const look = (more: Readonly<Record<string, string>>) =>
        run(["doctor", "--json", "--endpoints", file], { ...env, ...more }).pipe(
          Effect.map(({ code, stdout }) => ({ code, levels: levels(JSON.parse(stdout) as Report) }))
        )
      const first = yield* look({ POLYMARKET_SIGNATURE_TYPE: "3" })
      assert.strictEqual(first.code, 1)
      assert.deepInclude(first.levels, { clock: "problem", geoblock: "problem", "deposit wallet": "warning" })
      const named = yield* look({ POLYMARKET_SIGNATURE_TYPE: "3", POLYMARKET_FUNDER: olderOfKey })
      assert.deepInclude(named.levels, { "deposit wallet": "ok" })
    }).pipe(Effect.scoped))
})
