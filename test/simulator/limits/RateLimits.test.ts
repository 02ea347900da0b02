import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import type { Account } from "../../../src/simulator/Accounts.ts"
import { json, type Request } from "../../../src/simulator/Http.ts"
import { RateLimits } from "../../../src/simulator/limits/RateLimits.ts"
import { SignerBuckets } from "../../../src/simulator/limits/SignerBuckets.ts"
import { SlidingWindow } from "../../../src/simulator/limits/SlidingWindow.ts"
import { get, simulator } from "../Client.ts"
import { eventually } from "../faults/Stage.ts"
import { bodyOf, make, tokensOf, trader } from "../Trader.ts"

const Gap = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 400 }))

const request = (method: string, path: string, more: Partial<Request> = {}): Request => ({
  method,
  path,
  query: new URLSearchParams(),
  body: "",
  headers: {},
  ...more
})

describe("SlidingWindow", () => {
  it.prop("never lets more than so many through in any stretch, and none waits longer than it must", [
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 8 })),
    Schema.Array(Gap)
  ], ([most, gaps]) => {
    const window = new SlidingWindow(most, 1_000)
    const times: Array<number> = []
    let now = 0
    for (const gap of gaps) {
      now += gap
      const at = window.earliest(now)
      const isFree = (from: number) => times.filter((time) => time > from - 1_000).length < most
      if (at > now && isFree(at - 1)) return false
      window.take(at)
      times.push(at)
    }
    return times.every((end) => times.filter((time) => time > end - 1_000 && time <= end).length <= most)
  })

  it("keeps to it when a time was taken that lies ahead", () => {
    const window = new SlidingWindow(2, 1_000)
    window.take(500)
    assert.strictEqual(window.earliest(100), 100)
    window.take(100)
    assert.strictEqual(window.earliest(200), 1_100)
    window.take(1_100)
    assert.strictEqual(window.earliest(1_100), 1_500)
  })
})

describe("RateLimits", () => {
  const stage = (factor: number) => {
    const time = { now: 1_000_000 }
    const waiting: Array<number> = []
    const limits = new RateLimits(factor, () => time.now, (ms, act) => {
      waiting.push(ms)
      act()
    })
    const ok = () => json("OK")
    const ask = (surface: string, path: string, more: Partial<Request> = {}, method = "GET") =>
      limits.guard(surface, request(method, path, more), ok)
    return { time, waiting, limits, ask }
  }

  it("lets the published number through in ten seconds, then queues, then refuses with Retry-After", () => {
    const { ask, limits, time, waiting } = stage(1)
    const start = time.now
    for (let at = 0; at < 1_500; at++) assert.isFalse(ask("clob", "/book") instanceof Promise)
    const refused = ask("clob", "/book")
    if (refused instanceof Promise) return assert.fail("queued for ten seconds")
    assert.strictEqual(refused.status, 429)
    assert.strictEqual(refused.headers?.["retry-after"], "10")
    assert.isFalse(ask("clob", "/price") instanceof Promise)
    assert.isFalse(ask("clob", "/book", { ip: "127.0.0.9" }) instanceof Promise)
    time.now = start + 9_000
    assert.isTrue(ask("clob", "/book") instanceof Promise)
    assert.deepStrictEqual(waiting, [1_000])
    time.now = start + 10_000
    assert.isFalse(ask("clob", "/book") instanceof Promise)
    assert.deepInclude(limits.stats(), { throttled: 1, limitedByAddress: 1 })
  })

  it("counts a request in every group that it belongs to, and over ten minutes too", () => {
    const { ask, limits, time } = stage(0.01)
    for (let at = 0; at < 5; at++) ask("clob", "/data/orders")
    for (let at = 0; at < 4; at++) ask("clob", "/data/trades")
    assert.strictEqual(limits.stats().limitedByAddress, 0)
    ask("clob", "/data/order/0x1")
    assert.strictEqual(limits.stats().limitedByAddress, 1)
    for (let at = 0; at < 210; at++) {
      time.now += 1_000
      ask("clob", "/orders", {}, "POST")
    }
    assert.strictEqual(limits.stats().limitedByAddress, 1)
    ask("clob", "/orders", {}, "POST")
    assert.strictEqual(limits.stats().limitedByAddress, 2)
  })

  it.effect("stand before the whole simulator, times a factor; a request that is queued is answered later", () =>
    Effect.gen(function*() {
      const { endpoints: { clob, control } } = yield* simulator({ rate: 0, rateLimits: 0.05 })
      const ok = get(`${clob}/ok`)
      for (let at = 0; at < 5; at++) assert.strictEqual((yield* ok).status, 200)
      assert.strictEqual((yield* ok).status, 429)
      yield* TestClock.adjust("9 seconds")
      let answered: number | undefined
      void fetch(`${clob}/ok`).then(({ status }) => {
        answered = status
      })
      const stats = get(`${control}/stats`).pipe(Effect.map(({ text }) => JSON.parse(text)))
      yield* eventually(stats, ({ throttled }) => throttled === 1)
      assert.isUndefined(answered)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* eventually(Effect.sync(() => answered), (status) => status !== undefined), 200)
    }))

  it.effect("are off when asked", () =>
    Effect.gen(function*() {
      const { endpoints: { clob } } = yield* simulator({ rate: 0, rateLimits: Number.POSITIVE_INFINITY })
      for (let at = 0; at < 150; at++) assert.strictEqual((yield* get(`${clob}/ok`)).status, 200)
    }))
})

describe("SignerBuckets", () => {
  const stage = () => {
    const time = { now: 1_000_000 }
    const buckets = new SignerBuckets(1, () => time.now)
    const ask = (method: string, path: string, body = "", reply: unknown = "OK", signer = "0xA") => {
      const answer = buckets.guard(
        request(method, path, { body, headers: { poly_address: signer } }),
        () => json(reply)
      )
      return answer instanceof Promise ? assert.fail("an answer that is there at once") : answer
    }
    return { time, ask }
  }
  const batch = (count: number) => JSON.stringify(Array.from({ length: count }, () => ({})))

  it("ORD-5 an order costs one token, a batch one for each; refused whole when they do not suffice; they come back by time", () => {
    const { ask, time } = stage()
    assert.strictEqual(ask("POST", "/orders", batch(15)).headers?.["poly-ratelimit-remaining"], "45")
    for (let at = 0; at < 3; at++) ask("POST", "/orders", batch(15))
    const refused = ask("POST", "/orders", batch(15))
    assert.strictEqual(refused.status, 429)
    assert.deepInclude(refused.headers, {
      "poly-ratelimit-remaining": "0",
      "poly-ratelimit-tier": "standard",
      "retry-after": "1",
      "poly-ratelimit-reset": "1001"
    })
    time.now += 25
    assert.strictEqual(ask("POST", "/order").status, 200)
    assert.strictEqual(ask("POST", "/order").status, 429)
    assert.strictEqual(ask("POST", "/order", "", "OK", "0xB").status, 200)
    assert.strictEqual(ask("DELETE", "/order").status, 200)
    assert.isUndefined(ask("POST", "/orders", batch(61)).headers?.["retry-after"])
  })

  it("cancelling all costs one for each order that was canceled, into debt, which later cancels wait for", () => {
    const { ask, time } = stage()
    const canceled = Array.from({ length: 200 }, (_, at) => String(at))
    const all = ask("DELETE", "/cancel-all", "", { canceled, not_canceled: {} })
    assert.strictEqual(all.headers?.["poly-ratelimit-remaining"], "-81")
    const refused = ask("DELETE", "/order")
    assert.deepStrictEqual([refused.status, refused.headers?.["retry-after"]], [429, "2"])
    time.now += 1_025
    assert.strictEqual(ask("DELETE", "/order").status, 200)
  })

  it.effect("show on orders of the simulator, and nowhere else", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_790_000_000_000)
      const { endpoints } = yield* simulator({ rate: 0, markets: 20 })
      const one = yield* trader(endpoints.clob, endpoints.accounts[0] as Account)
      const [token] = yield* tokensOf(endpoints.gamma)
      const body = bodyOf(make(one, token), one.apiKey)
      const headers = yield* one.headers("POST", "/order", body)
      const answer = yield* Effect.promise(() => fetch(`${endpoints.clob}/order`, { method: "POST", body, headers }))
      assert.strictEqual(answer.status, 200)
      assert.strictEqual(answer.headers.get("poly-ratelimit-remaining"), "59")
      const time = yield* Effect.promise(() => fetch(`${endpoints.clob}/time`))
      assert.isNull(time.headers.get("poly-ratelimit-remaining"))
    }))
})
