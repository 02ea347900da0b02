import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Answer, type Seen, serveHttp } from "../client/HttpServer.ts"
import { run } from "../e2e/Commands.ts"
import { folder } from "../e2e/Program.ts"

const token = "1234567890"
const book = {
  market: `0x${"ab".repeat(32)}`,
  asset_id: token,
  timestamp: "1",
  hash: "0".repeat(40),
  bids: [{ price: "0.4", size: "10" }],
  asks: [{ price: "0.7", size: "100" }, { price: "0.6", size: "10" }],
  min_order_size: "5",
  tick_size: "0.01",
  neg_risk: false,
  last_trade_price: ""
}

const environment = {
  POLYMARKET_PRIVATE_KEY: "11".repeat(32),
  POLYMARKET_API_KEY: "owner-key",
  POLYMARKET_API_SECRET: Buffer.from("a secret").toString("base64"),
  POLYMARKET_API_PASSPHRASE: "a passphrase"
}

/** Runs `clob order …` against a venue that answers writes like this. */
const order = (words: ReadonlyArray<string>, answer: (seen: Seen) => Answer, market: object = book) =>
  Effect.gen(function*() {
    const server = yield* serveHttp((seen) => seen.path === "/book" ? { body: market } : answer(seen))
    const file = join(yield* folder, "endpoints.json")
    writeFileSync(file, JSON.stringify({ clob: server.url }))
    const done = yield* run(["clob", "order", ...words, "--json", "--endpoints", file], environment)
    return { ...done, writes: server.seen.filter(({ method }) => method !== "GET") }
  }).pipe(Effect.scoped)

const post = ["post", token, "--side", "buy", "--price", "0.5", "--size", "10"]

describe("clob order", () => {
  it.live("ORD-1 an order without an answer is sent once, and the message names its id and how to ask", () =>
    Effect.gen(function*() {
      for (
        const answer of [{ status: 500, body: { error: "could not insert order" } }, { status: 425, body: {} }, {
          body: "no JSON"
        }]
      ) {
        const { code, stderr, writes } = yield* order(post, () => answer)
        assert.strictEqual(code, 1)
        assert.strictEqual(writes.length, 1)
        assert.match(stderr, /clob order-by 0x[0-9a-f]{64}/)
      }
      const canceled = yield* order(["cancel-all"], () => ({ status: 500, body: {} }))
      assert.strictEqual(canceled.writes.length, 1)
      assert.include(canceled.stderr, "clob orders")
    }))

  it.live("a refusal ends with 1, whether as a status, in the answer, or in one of several", () =>
    Effect.gen(function*() {
      for (
        const answer of [
          { status: 400, body: { error: "not enough balance / allowance" } },
          { body: { success: false, errorMsg: "not enough balance / allowance", orderID: "", status: "" } }
        ]
      ) {
        const { code, stderr } = yield* order(post, () => answer)
        assert.strictEqual(code, 1)
        assert.include(stderr, "not enough balance")
      }
    }))

  it.live("--dry-run changes nothing at the venue, whatever is done, and shows the very bytes", () =>
    Effect.gen(function*() {
      for (
        const words of [
          post,
          ["cancel", "0x1"],
          ["cancel-several", "0x1,0x2"],
          ["cancel-all"],
          ["cancel-market", "--market", "0x1"]
        ]
      ) {
        const { code, stdout, writes } = yield* order([...words, "--dry-run"], () => ({ status: 500, body: {} }))
        assert.strictEqual(code, 0, words.join(" "))
        assert.deepStrictEqual(writes, [])
        const shown = JSON.parse(stdout) as { readonly method: string; readonly path: string; readonly body: string }
        const sent = yield* order(words, () => ({ body: { success: true, canceled: [], not_canceled: {} } }))
        const [write] = sent.writes
        assert.deepStrictEqual([write?.method, write?.path], [shown.method, shown.path])
        if (words !== post) assert.strictEqual(write?.body, shown.body)
        else {
          const fixed = (body: string) => body.replace(/"salt":\d+|"timestamp":"\d+"|"signature":"0x[0-9a-f]+"/g, "")
          assert.strictEqual(fixed(write?.body ?? ""), fixed(shown.body))
        }
      }
    }))

  it.live("tick, contract and minimum come from the market; kinds nobody knows are not traded", () =>
    Effect.gen(function*() {
      const built = (market: object, words = ["build", token, "--side", "buy", "--price", "0.5", "--size", "10"]) =>
        order(words, () => ({ status: 500, body: {} }), { ...book, ...market })
      const exchange = (done: { readonly stdout: string }) =>
        (JSON.parse(done.stdout) as { readonly exchange: string }).exchange
      const standard = exchange(yield* built({}))
      const negative = exchange(yield* built({ neg_risk: true }))
      const third = exchange(yield* built({ version: "v2" }))
      assert.strictEqual(new Set([standard, negative, third]).size, 3)
      assert.strictEqual((yield* built({ version: "v3" })).code, 1)
      assert.strictEqual((yield* built({ tick_size: "0.03" })).code, 1)
      assert.strictEqual((yield* built({ min_order_size: "11" })).code, 1)
      assert.strictEqual(
        (yield* built({ tick_size: "0.1" }, ["build", token, "--side", "buy", "--price", "0.55", "--size", "10"])).code,
        1
      )
    }))

  it.live("a market order takes its worst price from the book, and is not made of a book that is too thin", () =>
    Effect.gen(function*() {
      const build = (...words: ReadonlyArray<string>) =>
        order(["build", token, "--side", "buy", ...words], () => ({ status: 500, body: {} }))
      const price = (done: { readonly stdout: string }) => (JSON.parse(done.stdout) as { readonly price: string }).price
      assert.strictEqual(price(yield* build("--amount", "6")), "0.6")
      assert.strictEqual(price(yield* build("--amount", "7")), "0.7")
      assert.strictEqual((yield* build("--amount", "77")).code, 1)
      assert.strictEqual(price(yield* build("--amount", "77", "--type", "FAK")), "0.7")
      assert.strictEqual(price(yield* build("--amount", "6", "--price", "0.65")), "0.65")
    }))
})
