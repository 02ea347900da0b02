import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import type { Account } from "../../src/simulator/Accounts.ts"
import { get, open, post, simulator } from "./Client.ts"
import { bodyOf, make, tokensOf, trader } from "./Trader.ts"

const stage = Effect.gen(function*() {
  yield* TestClock.setTime(1_790_000_000_000)
  const { endpoints } = yield* simulator({ rate: 0, markets: 20 })
  const one = yield* trader(endpoints.clob, endpoints.accounts[0] as Account)
  const [token] = yield* tokensOf(endpoints.gamma)
  const entry = (postOnly = false) => ({ ...JSON.parse(bodyOf(make(one, token), one.apiKey)), postOnly })
  const place = (postOnly = false) => one.signed("POST", "/order", JSON.stringify(entry(postOnly)))
  const batch = (...postOnly: ReadonlyArray<boolean>) =>
    one.signed("POST", "/orders", JSON.stringify(postOnly.map(entry)))
  const cancel = (orderID: unknown) => one.signed("DELETE", "/order", JSON.stringify({ orderID }))
  const control = (request: unknown) =>
    post(endpoints.control, request).pipe(Effect.map(({ text }) => JSON.parse(text)))
  const orders = one.signed("GET", "/data/orders").pipe(
    Effect.map(({ status, value }) => ({ status, count: (value["data"] as ReadonlyArray<unknown>).length }))
  )
  return { endpoints, one, place, batch, cancel, control, orders }
})

describe("the engine's modes", () => {
  it.effect("ORD-4 a restart: 425 for orders and cancels, then 503 for all that is not post-only, then everything", () =>
    Effect.gen(function*() {
      const { batch, cancel, control, one, orders, place } = yield* stage
      const first = yield* place()
      assert.strictEqual((yield* control({ action: "restart" })).engineMode, "restarting")
      yield* TestClock.adjust(89_999)
      for (const request of [place(), place(true), batch(true), cancel(first.value["orderID"])]) {
        assert.strictEqual((yield* request).status, 425)
      }
      for (const path of ["/cancel-all", "/cancel-market-orders"]) {
        assert.strictEqual((yield* one.signed("DELETE", path, "{}")).status, 425)
      }
      assert.deepStrictEqual(yield* orders, { status: 200, count: 1 })
      assert.strictEqual((yield* one.signed("POST", "/v1/heartbeats", "{\"heartbeat_id\":\"\"}")).status, 200)
      yield* TestClock.adjust(1)
      const refused = yield* place()
      assert.strictEqual(refused.status, 503)
      assert.deepInclude(refused.value, { code: "post_only_mode", retry_after_seconds: 120 })
      assert.strictEqual((yield* place(true)).status, 200)
      const mixed = (yield* batch(false, true)).value as unknown as ReadonlyArray<{ orderID: string; errorMsg: string }>
      assert.deepStrictEqual(mixed.map(({ errorMsg, orderID }) => [errorMsg === "", orderID === ""]), [
        [false, true],
        [true, false]
      ])
      assert.deepStrictEqual((yield* cancel(first.value["orderID"])).value["canceled"], [first.value["orderID"]])
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual((yield* place()).status, 200)
      assert.strictEqual((yield* control({ action: "clear" })).engineMode, "normal")
    }))

  it.effect("425 says how long, or does not; ORD-11 open orders survive a restart, or are canceled and told so", () =>
    Effect.gen(function*() {
      const { control, endpoints, one, orders, place } = yield* stage
      const answer = Effect.promise(() => fetch(`${endpoints.clob}/order`, { method: "POST", body: "{}" }))
      yield* place()
      const user = yield* open(endpoints.userSocket)
      user.send({ auth: one.credentials, type: "user" })
      user.send("PING")
      yield* user.until((frame) => frame === "PONG")
      yield* control({ action: "restart", forMs: 12_300 })
      assert.strictEqual((yield* answer).headers.get("retry-after"), "13")
      assert.strictEqual((yield* orders).count, 1)
      const { affected } = yield* control({ action: "restart", retryAfter: false, orders: "canceled" })
      assert.strictEqual(affected, 1)
      assert.isNull((yield* answer).headers.get("retry-after"))
      assert.strictEqual((yield* orders).count, 0)
      yield* user.until((frame) => frame.includes("CANCELLATION"))
    }))

  it.effect("ORD-6 cancel-only takes cancels alone, disabled nothing, both for a while or until they are set again", () =>
    Effect.gen(function*() {
      const { batch, cancel, control, endpoints, place } = yield* stage
      const first = (yield* place()).value["orderID"]
      const second = (yield* place()).value["orderID"]
      yield* control({ action: "mode", mode: "cancel-only" })
      assert.strictEqual((yield* place(true)).status, 503)
      assert.strictEqual((yield* batch(true)).status, 503)
      assert.deepStrictEqual((yield* cancel(first)).value["canceled"], [first])
      yield* control({ action: "mode", mode: "disabled", forMs: 1_000 })
      assert.strictEqual((yield* place()).status, 503)
      assert.strictEqual((yield* cancel(second)).status, 503)
      assert.strictEqual((yield* get(`${endpoints.clob}/ok`)).status, 200)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual((yield* cancel(second)).value["canceled"], [second])
      assert.strictEqual((yield* control({ action: "mode", mode: "normal" })).refusedByMode, 4)
    }))
})

describe("settlement on request", () => {
  it.effect("ORD-7 a trade fails and gives back what it took, another stumbles and recovers", () =>
    Effect.gen(function*() {
      const { control, endpoints, one } = yield* stage
      const [token] = yield* tokensOf(endpoints.gamma)
      const buy = Effect.gen(function*() {
        const order = make(one, token, { price: 0.99, size: 10 })
        const body = bodyOf(order, one.apiKey).replace("\"deferExec\":false", "\"deferExec\":true")
        yield* one.signed("POST", "/order", body)
        yield* TestClock.adjust("300 millis")
      })
      const balance = one.signed("GET", "/balance-allowance?asset_type=COLLATERAL&signature_type=0").pipe(
        Effect.map(({ value }) => String(value["balance"]))
      )
      const statuses = one.signed("GET", "/data/trades").pipe(
        Effect.map(({ value }) =>
          (value["data"] as ReadonlyArray<{ readonly status: string }>).map((row) => row.status)
        )
      )
      const before = yield* balance
      const { affected } = yield* control({ action: "settlement", outcome: "fail", next: 100 })
      assert.strictEqual(affected, 100)
      yield* buy
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual([...new Set(yield* statuses)], ["FAILED"])
      assert.strictEqual(yield* balance, before)
      yield* control({ action: "settlement", outcome: "fail", next: 0 })
      yield* control({ action: "settlement", outcome: "retry", next: 100 })
      yield* buy
      yield* TestClock.adjust("600 millis")
      assert.isTrue((yield* statuses).includes("RETRYING"))
      yield* TestClock.adjust("10 seconds")
      assert.isTrue((yield* statuses).includes("CONFIRMED"))
      assert.notStrictEqual(yield* balance, before)
    }))
})

describe("modes and settlement as faults", () => {
  it.effect("begin at their time, are counted, and end when they are cleared", () =>
    Effect.gen(function*() {
      const { control, place } = yield* stage
      yield* control({ action: "fault", fault: "mode", mode: "cancel-only", id: "quiet", afterMs: 1_000 })
      assert.strictEqual((yield* place()).status, 200)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* place()).status, 503)
      yield* control({ action: "clear", id: "quiet" })
      assert.strictEqual((yield* place()).status, 200)
      yield* control({ action: "fault", fault: "restart", forMs: 5_000, postOnlyMs: 5_000 })
      const seen: Array<number> = []
      for (let at = 0; at < 3; at++) {
        seen.push((yield* place()).status)
        yield* TestClock.adjust("5 seconds")
      }
      assert.deepStrictEqual(seen, [425, 503, 200])
      const { faults } = yield* control({ action: "clear" })
      assert.deepStrictEqual(
        faults.map((one: { readonly applied: number; readonly state: string }) => [one.applied, one.state]),
        [
          [1, "over"],
          [1, "over"]
        ]
      )
    }))

  it.effect("ORD-7 trades of users fail by chance, as often as told", () =>
    Effect.gen(function*() {
      const { control, endpoints, one } = yield* stage
      const [token] = yield* tokensOf(endpoints.gamma)
      yield* control({ action: "fault", fault: "settlement", id: "chain", probability: 0.5 })
      for (let at = 0; at < 12; at++) {
        const body = bodyOf(make(one, token, { price: 0.99, size: 6 }), one.apiKey)
        yield* one.signed("POST", "/order", body.replace("\"deferExec\":false", "\"deferExec\":true"))
        yield* TestClock.adjust("500 millis")
      }
      yield* TestClock.adjust("10 seconds")
      const { value } = yield* one.signed("GET", "/data/trades")
      const rows = value["data"] as ReadonlyArray<{ readonly status: string }>
      const failed = rows.filter(({ status }) => status === "FAILED").length
      const { faults } = yield* control({ action: "clear" })
      assert.deepInclude(faults[0], { id: "chain", offered: rows.length, applied: failed })
      assert.isAbove(failed, 0)
      assert.isBelow(failed, rows.length)
      assert.strictEqual(rows.filter(({ status }) => status === "CONFIRMED").length, rows.length - failed)
    }))
})
