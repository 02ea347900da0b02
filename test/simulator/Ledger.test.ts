import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { existsSync, readFileSync } from "node:fs"
import type { Account } from "../../src/simulator/Accounts.ts"
import { folderWith, simulator } from "./Client.ts"
import { ask, bodyOf, make, tokensOf, trader } from "./Trader.ts"

type Line = Readonly<Record<string, unknown>>

const scenario = `
name: What happens twice
events:
  - { at: 2500ms, crash: { market: 1, to: 0.3, over: 2s } }
  - { at: 3s, tick: { market: 2, to: 0.001 } }
  - { at: 4s, list: {} }
  - { at: 6s, resolve: { market: 1, outcome: 0 } }
faults:
  - { at: 1s, fault: settlement, outcome: fail, times: 1 }
`

interface Way {
  readonly seed: number
  readonly rate: number
  readonly scenario?: string
  /** True: somebody keeps asking meanwhile, and the clock goes on in small steps. */
  readonly isRestless?: boolean
}

/** The same requests at the same times, in a simulator with background; the ledger's bytes. */
const session = ({ isRestless = false, rate, scenario, seed }: Way): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function*() {
    const folder = yield* folderWith({ "scenario.yaml": scenario ?? "" })
    const file = `${folder}/ledger.jsonl`
    const { endpoints } = yield* simulator({
      seed,
      rate,
      markets: 20,
      ledger: file,
      isLedgerWhole: scenario !== undefined,
      scenario: scenario === undefined ? undefined : `${folder}/scenario.yaml`
    })
    let look: Effect.Effect<unknown> = ask(`${endpoints.gamma}/markets`, {})
    const pass = (ms: number): Effect.Effect<void> =>
      isRestless && ms > 37
        ? TestClock.adjust(37).pipe(Effect.andThen(look), Effect.andThen(pass(ms - 37)))
        : TestClock.adjust(ms)
    yield* pass(2_000)
    const [token] = yield* tokensOf(endpoints.gamma)
    const [one, two] = yield* Effect.forEach(
      [endpoints.accounts[0], endpoints.accounts[3]] as ReadonlyArray<Account>,
      (account) => trader(endpoints.clob, account)
    )
    if (one === undefined || two === undefined) return assert.fail("expected two traders")
    look = one.signed("GET", "/data/orders")
    const post = (who: typeof one, order: ReturnType<typeof make>) =>
      who.signed("POST", "/order", bodyOf(order, who.apiKey))
    const resting = make(one, token, { price: 0.01, size: 300, salt: 1n })
    yield* post(one, resting)
    // The market holds orders that match for 50 ms: the clock has to go on while the answer is waited for.
    const crossing = yield* Effect.forkChild(post(two, make(two, token, { price: 0.99, size: 12, salt: 2n })))
    yield* Effect.promise(async () => {
      while (!readFileSync(file, "utf8").includes("\"delayed\"")) await new Promise((resolve) => setImmediate(resolve))
    })
    yield* pass(60)
    yield* Fiber.join(crossing)
    yield* pass(3_000)
    yield* one.signed("DELETE", "/order", JSON.stringify({ orderID: resting.orderId }))
    yield* post(one, make(one, token, { price: 0.01, size: 1_000, salt: 3n }))
    yield* one.signed("DELETE", "/cancel-all")
    yield* pass(1_500)
    return readFileSync(file, "utf8")
  })

const run = (way: Way) =>
  Effect.scoped(TestClock.setTime(1_790_000_000_000).pipe(Effect.andThen(session(way)))).pipe(
    Effect.provide(TestClock.layer())
  )

describe("the ledger", () => {
  it.effect(
    "tells every request, order, match, fill, cancel and step of a trade, in order",
    () =>
      Effect.gen(function*() {
        const text = yield* run({ seed: 1, rate: 0 })
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

  it.effect(
    "the same seed, scenario and requests write the same bytes, whoever looks when; another seed others",
    () =>
      Effect.gen(function*() {
        const first = yield* run({ seed: 1, rate: 200, scenario })
        const again = yield* run({ seed: 1, rate: 200, scenario, isRestless: true })
        assert.strictEqual(again, first)
        const other = yield* run({ seed: 2, rate: 200, scenario })
        assert.notStrictEqual(other, first)
        const kinds = new Set(first.trim().split("\n").map((line) => (JSON.parse(line) as Line)["kind"]))
        assert.sameMembers([...kinds], [
          "start",
          "deposit",
          "fault armed",
          "fault",
          "happening",
          "request",
          "placement",
          "match",
          "fill",
          "trade",
          "cancel",
          "payout"
        ])
        assert.isTrue(first.includes("\"status\":\"FAILED\""))
      }),
    60_000
  )

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
