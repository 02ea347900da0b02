import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Public from "../../src/client/polymarket/clob/PublicEndpoints.ts"
import { callsOf, commandsOf, type Done, run, type Venue, venue } from "./Commands.ts"
import { folder, start } from "./Program.ts"

const parse = <A>(done: Done): A => JSON.parse(done.stdout.trim().split("\n")[0] ?? "") as A

interface Reply {
  readonly success: boolean
  readonly status: string
  readonly orderID: string
  readonly makingAmount: string
}

interface Canceled {
  readonly canceled: ReadonlyArray<string>
}

/** Runs commands of `clob` for an account, and notes which ones. */
const trader = ({ file }: Venue, account: number, seen: Set<string>) => (words: ReadonlyArray<string>, code = 0) =>
  run(["clob", ...words, "--account", String(account), "--endpoints", file, "--json"]).pipe(
    Effect.tap((done) =>
      Effect.sync(() => {
        assert.strictEqual(done.code, code, `clob ${words.join(" ")}: ${done.stderr}${done.stdout}`)
        const name = `clob ${words.join(" ")}`
        for (const leaf of commandsOf("clob")) if (name === leaf || name.startsWith(`${leaf} `)) seen.add(leaf)
      })
    )
  )

describe("commands of an account", () => {
  it.live("clob: every command of an account does what it says", () =>
    Effect.gen(function*() {
      const place = yield* venue({ settlement: { mined: 0, confirmed: 0 } })
      const token = place.ids["token"] ?? ""
      const seen = new Set<string>()
      const clob = trader(place, 3, seen)
      const resting = ["--side", "buy", "--price", "0.01", "--size", "10"]

      const key = parse<{ apiKey: string; secret: string }>(yield* clob(["keys", "create"]))
      assert.strictEqual(key.secret, "(hidden)")
      yield* clob(["keys", "create"], 1)
      assert.strictEqual(parse<{ apiKey: string }>(yield* clob(["keys", "derive"])).apiKey, key.apiKey)
      assert.notStrictEqual(parse<{ secret: string }>(yield* clob(["keys", "derive", "--reveal"])).secret, "(hidden)")
      assert.deepStrictEqual(parse<{ apiKeys: ReadonlyArray<string> }>(yield* clob(["keys", "list"])).apiKeys, [
        key.apiKey
      ])

      const built = parse<Record<string, unknown>>(yield* clob(["order", "build", token, ...resting]))
      assert.strictEqual(built["makerAmount"], "100000")
      assert.strictEqual(built["takerAmount"], "10000000")
      assert.match(String(built["orderId"]), /^0x[0-9a-f]{64}$/)
      const signed = parse<Record<string, unknown>>(yield* clob(["order", "sign", token, ...resting]))
      assert.strictEqual(String(signed["signature"]).length, 2 + 317 * 2)

      const shown = parse<{ method: string; path: string; body: string; headers: Record<string, string> }>(
        yield* clob(["order", "post", token, ...resting, "--dry-run"])
      )
      assert.deepStrictEqual([shown.method, shown.path], ["POST", "/order"])
      assert.strictEqual((JSON.parse(shown.body) as { owner: string }).owner, key.apiKey)
      assert.strictEqual(shown.headers["POLY_PASSPHRASE"], "(hidden)")
      const open = clob(["orders"]).pipe(
        Effect.map((done) => parse<{ data: ReadonlyArray<{ id: string }> }>(done).data)
      )
      assert.strictEqual((yield* open).length, 0)

      const posted = parse<Reply>(yield* clob(["order", "post", token, ...resting, "--post-only"]))
      assert.deepStrictEqual([posted.success, posted.status], [true, "live"])
      assert.deepStrictEqual((yield* open).map(({ id }) => id), [posted.orderID])
      assert.strictEqual(parse<{ status: string }>(yield* clob(["order-by", posted.orderID])).status, "LIVE")
      yield* clob(["order-by", `0x${"0".repeat(64)}`], 1)
      assert.isTrue(parse<{ scoring: boolean }>(yield* clob(["order-scoring", posted.orderID])).scoring)
      assert.deepStrictEqual(parse(yield* clob(["orders-scoring", posted.orderID])), { [posted.orderID]: true })
      assert.deepStrictEqual(parse<Canceled>(yield* clob(["order", "cancel", posted.orderID])).canceled, [
        posted.orderID
      ])
      yield* clob(["order", "cancel", posted.orderID], 1)
      assert.strictEqual(
        parse<{ body: string }>(yield* clob(["order", "cancel", posted.orderID, "--dry-run"])).body,
        `{"orderID":"${posted.orderID}"}`
      )

      const file = join(yield* folder, "orders.json")
      const one = { token, side: "BUY", price: "0.01", size: "10" }
      writeFileSync(file, JSON.stringify([one, { ...one, size: "11", postOnly: true }, { ...one, expiresIn: "1h" }]))
      const batch = parse<ReadonlyArray<Reply>>(yield* clob(["order", "post-batch", file]))
      assert.deepStrictEqual(batch.map(({ status }) => status), ["live", "live", "live"])
      const ids = batch.map(({ orderID }) => orderID)
      assert.deepStrictEqual(
        parse<Canceled>(yield* clob(["order", "cancel-several", ids.slice(0, 2).join(",")])).canceled,
        ids.slice(0, 2)
      )
      assert.deepStrictEqual(
        parse<Canceled>(yield* clob(["order", "cancel-market", "--asset-id", token])).canceled,
        ids.slice(2)
      )
      yield* clob(["order", "cancel-market"], 2)
      yield* clob(["order", "post", token, ...resting])
      assert.strictEqual(parse<Canceled>(yield* clob(["order", "cancel-all"])).canceled.length, 1)

      const bought = parse<Reply>(
        yield* clob(["order", "post", token, "--side", "buy", "--amount", "20", "--type", "FAK"])
      )
      assert.strictEqual(bought.status, "matched")
      assert.isAbove(Number(bought.makingAmount), 0)
      const trades = parse<{ data: ReadonlyArray<{ size: string }> }>(yield* clob(["own-trades"])).data
      assert.isAbove(trades.length, 0)
      const shares = parse<{ balance: string }>(yield* clob(["balance", "CONDITIONAL", "--token-id", token])).balance
      assert.isAbove(Number(shares), 0)
      const cash = parse<{ balance: string }>(yield* clob(["balance", "COLLATERAL"])).balance
      assert.isBelow(Number(cash), 10_000_000_000)
      yield* clob(["balance-update", "COLLATERAL"])
      assert.isAbove(parse<ReadonlyArray<unknown>>(yield* clob(["notifications"])).length, 0)
      yield* clob(["notifications-drop", "1"])
      yield* clob(["order", "post", token, "--side", "sell", "--price", "0.98", "--size", "100000"], 1)

      assert.isFalse(parse<{ closed_only: boolean }>(yield* clob(["closed-only"])).closed_only)
      assert.isNotEmpty(parse<{ heartbeat_id: string }>(yield* clob(["heartbeat"])).heartbeat_id)
      for (
        const words of [
          ["pre-migration-orders"],
          ["rewards-user", "2026-10-05"],
          ["rewards-total", "2026-10-05"],
          ["rewards-percentages"],
          ["rewards-user-markets"]
        ]
      ) yield* clob(words)

      const publicOnes = new Set(callsOf(Public).map(({ name }) => `clob ${name}`))
      assert.sameMembers([...seen], commandsOf("clob").filter((name) => !publicOnes.has(name)))

      const wallet = place.endpoints.accounts[3]?.funder ?? ""
      const held = yield* run(["data", "positions", wallet, "--endpoints", place.file, "--json"])
      assert.strictEqual(parse<{ data: ReadonlyArray<{ token_id: string }> }>(held).data[0]?.token_id, token)
      const did = yield* run(["data", "activity", wallet, "--endpoints", place.file, "--json"])
      assert.strictEqual(parse<{ data: ReadonlyArray<unknown> }>(did).data.length, trades.length)
    }).pipe(Effect.scoped))

  it.live("orders of every signature type are taken, those off the rules are refused before they are sent", () =>
    Effect.gen(function*() {
      const place = yield* venue()
      const token = place.ids["token"] ?? ""
      for (const account of [0, 1, 2, 3]) {
        const clob = trader(place, account, new Set())
        yield* clob(["order", "post", token, "--side", "buy", "--price", "0.01", "--size", "10"])
        for (
          const [words, code] of [
            [["--price", "0.012", "--size", "10"], 1],
            [["--price", "0.01", "--size", "4"], 1],
            [["--price", "1", "--size", "10"], 1],
            [["--amount", "0.5"], 1],
            [["--price", "0.01"], 2],
            [["--price", "0.01", "--size", "1e3"], 2],
            [["--price", "0.01", "--size", "10", "--expires-in", "30s"], 1],
            [["--price", "0.01", "--size", "10", "--type", "GTD"], 2]
          ] as const
        ) yield* clob(["order", "post", token, "--side", "buy", ...words], code)
        assert.strictEqual(parse<{ data: ReadonlyArray<unknown> }>(yield* clob(["orders"])).data.length, 1)
      }
    }).pipe(Effect.scoped))

  it.live("the wallet's key comes from the environment, also in a process", () =>
    Effect.gen(function*() {
      const { endpoints, file } = yield* venue()
      const { address, funder, privateKey } = endpoints.accounts[1] as typeof endpoints.accounts[number]
      const env = { POLYMARKET_PRIVATE_KEY: privateKey, POLYMARKET_SIGNATURE_TYPE: "1" }
      const balance = yield* run(["clob", "balance", "COLLATERAL", "--endpoints", file, "--json"], env)
      assert.strictEqual(parse<{ balance: string }>(balance).balance, "10000000000")
      const other = yield* run([
        "clob",
        "balance",
        "COLLATERAL",
        "--endpoints",
        file,
        "--json",
        "--signature-type",
        "0"
      ], env)
      assert.strictEqual(parse<{ balance: string }>(other).balance, "0")
      assert.strictEqual((yield* run(["clob", "orders", "--endpoints", file])).code, 2)
      assert.strictEqual((yield* run(["clob", "orders", "--endpoints", file, "--account", "9"])).code, 2)
      assert.notStrictEqual(address, funder)
      const process = yield* start("clob", "closed-only", "--endpoints", file, "--account", "2")
      assert.strictEqual(yield* process.exit(), 0, process.stderr())
    }).pipe(Effect.scoped))
})
