import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { existsSync, readFileSync } from "node:fs"
import type { Account } from "../../src/simulator/Accounts.ts"
import { folderWith, simulator } from "./Client.ts"
import { bodyOf, make, tokensOf, trader } from "./Trader.ts"

type Line = Readonly<Record<string, unknown>>

/** The same requests at the same times, in a simulator with background; the ledger's bytes. */
const session = (seed: number, rate: number): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function*() {
    const file = `${yield* folderWith({})}/ledger.jsonl`
    const { endpoints } = yield* simulator({ seed, rate, markets: 20, ledger: file })
    yield* TestClock.adjust("2 seconds")
    const [token] = yield* tokensOf(endpoints.gamma)
    const [one, two] = yield* Effect.forEach(
      [endpoints.accounts[0], endpoints.accounts[3]] as ReadonlyArray<Account>,
      (account) => trader(endpoints.clob, account)
    )
    if (one === undefined || two === undefined) return assert.fail("expected two traders")
    const post = (who: typeof one, order: ReturnType<typeof make>) =>
      who.signed("POST", "/order", bodyOf(order, who.apiKey))
    const resting = make(one, token, { price: 0.01, size: 300, salt: 1n })
    yield* post(one, resting)
    // The market holds orders that match for 50 ms: the clock has to go on while the answer is waited for.
    const crossing = yield* Effect.forkChild(post(two, make(two, token, { price: 0.99, size: 12, salt: 2n })))
    yield* Effect.promise(async () => {
      while (!readFileSync(file, "utf8").includes("delayed")) await new Promise((resolve) => setImmediate(resolve))
    })
    yield* TestClock.adjust("60 millis")
    yield* Fiber.join(crossing)
    yield* TestClock.adjust("3 seconds")
    yield* one.signed("DELETE", "/order", JSON.stringify({ orderID: resting.orderId }))
    yield* post(one, make(one, token, { price: 0.01, size: 1_000, salt: 3n }))
    yield* one.signed("DELETE", "/cancel-all")
    return readFileSync(file, "utf8")
  })

const run = (seed: number, rate = 200) =>
  Effect.scoped(TestClock.setTime(1_790_000_000_000).pipe(Effect.andThen(session(seed, rate)))).pipe(
    Effect.provide(TestClock.layer())
  )

describe("the ledger", () => {
  it.effect(
    "tells every request, order, match, fill, cancel and step of a trade, in order",
    () =>
      Effect.gen(function*() {
        const text = yield* run(1, 0)
        const lines = text.trim().split("\n").map((line) => JSON.parse(line) as Line)
        assert.deepStrictEqual(
          lines.map(({ kind }) => kind).filter((kind) => kind !== "fill" && kind !== "match" && kind !== "trade"),
          [
            "start",
            ...Array.from({ length: 4 }, () => "deposit"),
            "request",
            "request",
            "placement",
            "request",
            "placement",
            "placement",
            "request",
            "cancel",
            "request",
            "placement",
            "request",
            "cancel",
            "request"
          ]
        )
        const requests = lines.filter(({ kind }) => kind === "request")
        assert.deepStrictEqual(requests.map(({ method, path, status }) => [method, path, status]), [
          ["POST", "/auth/api-key", 200],
          ["POST", "/auth/api-key", 200],
          ["POST", "/order", 200],
          ["POST", "/order", 200],
          ["DELETE", "/order", 200],
          ["POST", "/order", 200],
          ["DELETE", "/cancel-all", 200]
        ])
        const [, , first] = requests
        const posted = JSON.parse(String(first?.["body"])) as { readonly owner: string }
        assert.strictEqual(posted.owner, first?.["key"])
        const trades = lines.filter(({ kind }) => kind === "match")
        assert.isAbove(trades.length, 0)
        for (const { trade } of trades) {
          const told = lines.filter((line) => line["trade"] === trade)
          assert.deepStrictEqual(told.flatMap(({ kind, status }) => (kind === "trade" ? [status] : [])), [
            "MINED",
            "CONFIRMED"
          ])
          const fills = told.filter(({ kind }) => kind === "fill")
          assert.strictEqual(fills[0]?.["role"], "taker")
          assert.isTrue(fills.length > 1 && fills.slice(1).every(({ role }) => role === "maker"))
        }
        const times = lines.map(({ at }) => Number(at))
        assert.deepStrictEqual(times, times.toSorted((a, b) => a - b))
      }),
    30_000
  )

  it.effect("the same seed and requests write the same bytes, another seed others", () =>
    Effect.gen(function*() {
      const first = yield* run(1)
      assert.strictEqual(yield* run(1), first)
      assert.notStrictEqual(yield* run(2), first)
      assert.isTrue(first.includes("\"kind\":\"match\""))
    }), 60_000)

  it.effect("is appended to, and refused when it cannot be written", () =>
    Effect.gen(function*() {
      const folder = yield* folderWith({ "ledger.jsonl": "before\n" })
      yield* Effect.scoped(simulator({ ledger: `${folder}/ledger.jsonl` }))
      assert.match(readFileSync(`${folder}/ledger.jsonl`, "utf8"), /^before\n\{"at":0,"kind":"start"/)
      const failed = yield* Effect.exit(Effect.scoped(simulator({ ledger: `${folder}/none/ledger.jsonl` })))
      assert.strictEqual(failed._tag, "Failure")
      assert.isFalse(existsSync(`${folder}/none`))
    }).pipe(Effect.scoped))
})
