import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { readFileSync } from "node:fs"
import type { Account } from "../../../src/simulator/Accounts.ts"
import { folderWith, get, post, simulator } from "../Client.ts"
import { bodyOf, make, tokensOf, trader } from "../Trader.ts"
import { arm, eventually, type Outcome, reportOf, send } from "./Stage.ts"

const quiet = simulator({ rate: 0, markets: 20 })

/** A trader with an order that rests, and the request that places another one. */
const desk = Effect.gen(function*() {
  const file = `${yield* folderWith({})}/ledger.jsonl`
  const { endpoints } = yield* simulator({ rate: 0, markets: 20, ledger: file })
  const one = yield* trader(endpoints.clob, endpoints.accounts[0] as Account)
  const [token] = yield* tokensOf(endpoints.gamma)
  const place = Effect.gen(function*() {
    const order = make(one, token)
    const body = bodyOf(order, one.apiKey)
    const headers = yield* one.headers("POST", "/order", body)
    return { id: order.orderId, sent: send(`${endpoints.clob}/order`, { method: "POST", body, headers }) }
  })
  const isKnown = (id: string) =>
    one.signed("GET", `/data/order/${id}`).pipe(Effect.map(({ status }) => status === 200))
  const lines = () =>
    readFileSync(file, "utf8").trim().split("\n").map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
  return { endpoints, one, token, place, isKnown, lines }
})

const outcomeOf = (url: string): Effect.Effect<Outcome> => Effect.suspend(() => send(url).outcome)

describe("faults of requests", () => {
  it.live("refuse: the connection is closed without a word; others are answered", () =>
    Effect.gen(function*() {
      const { endpoints: { clob, control, gamma } } = yield* quiet
      const id = yield* arm(control, { fault: "refuse", on: "clob", path: "/time" })
      assert.deepInclude(yield* outcomeOf(`${clob}/time`), { kind: "unanswered", code: "ECONNRESET" })
      assert.strictEqual((yield* outcomeOf(`${clob}/ok`)).status, 200)
      assert.strictEqual((yield* outcomeOf(`${gamma}/tags`)).status, 200)
      assert.deepInclude(yield* reportOf(control, id), { offered: 1, applied: 1, state: "on" })
      yield* post(control, { action: "clear", id })
      assert.strictEqual((yield* outcomeOf(`${clob}/time`)).status, 200)
      assert.deepInclude(yield* reportOf(control, id), { offered: 1, state: "over" })
    }))

  it.live("reset: RST before the request is processed, before the answer, in the middle of its body", () =>
    Effect.gen(function*() {
      const { endpoints: { control }, isKnown, place } = yield* desk
      yield* arm(control, { fault: "reset", on: "clob", method: "POST", path: "/order", point: "request", times: 1 })
      yield* arm(control, { fault: "reset", on: "clob", method: "POST", path: "/order", times: 1 })
      yield* arm(control, { fault: "reset", on: "clob", method: "POST", path: "/order", point: "body", times: 1 })
      const before = yield* place
      assert.deepInclude(yield* before.sent.outcome, { kind: "unanswered", code: "ECONNRESET" })
      assert.isFalse(yield* isKnown(before.id))
      const after = yield* place
      assert.deepInclude(yield* after.sent.outcome, { kind: "unanswered", code: "ECONNRESET" })
      assert.isTrue(yield* isKnown(after.id))
      const middle = yield* place
      const broken = yield* middle.sent.outcome
      assert.deepInclude(broken, { kind: "broken", status: 200, code: "ECONNRESET" })
      assert.isAbove(broken.text.length, 0)
      assert.isFalse(broken.text.endsWith("}"))
      assert.isTrue(yield* isKnown(middle.id))
    }))

  it.live("ING-7 hang: nothing comes, or half of a body, while others are answered", () =>
    Effect.gen(function*() {
      const { endpoints: { clob, control } } = yield* quiet
      for (const point of ["request", "headers", "body"]) {
        const id = yield* arm(control, { fault: "hang", on: "clob", path: "/version", point, times: 1 })
        const hung = send(`${clob}/version`)
        yield* eventually(reportOf(control, id), ({ applied }) => applied === 1)
        if (point === "body") yield* hung.received(6)
        assert.strictEqual((yield* outcomeOf(`${clob}/version`)).text, "{\"version\":2}")
        assert.isTrue(hung.isPending())
        assert.strictEqual(hung.bytes(), point === "body" ? 6 : 0)
        assert.strictEqual(hung.hasHeaders(), point === "body")
      }
    }))

  it.live("cut: the connection ends in the middle of the body", () =>
    Effect.gen(function*() {
      const { endpoints: { control, gamma } } = yield* quiet
      const whole = yield* outcomeOf(`${gamma}/tags`)
      yield* arm(control, { fault: "cut", on: "gamma", path: "/t*s" })
      const cut = yield* outcomeOf(`${gamma}/tags`)
      assert.strictEqual(cut.kind, "broken")
      assert.strictEqual(cut.text, whole.text.slice(0, Math.floor(whole.text.length / 2)))
    }))

  it.effect("slow: the body comes at so many bytes a second", () =>
    Effect.gen(function*() {
      const { endpoints: { clob, control } } = yield* quiet
      const whole = yield* get(`${clob}/markets`)
      yield* arm(control, { fault: "slow", on: "clob", path: "/markets", bytesPerSecond: 1_000 })
      const sent = send(`${clob}/markets`)
      yield* sent.received(100)
      assert.strictEqual(sent.bytes(), 100)
      yield* TestClock.adjust("500 millis")
      yield* sent.received(600)
      assert.strictEqual(sent.bytes(), 600)
      yield* TestClock.adjust(whole.text.length)
      assert.strictEqual((yield* sent.outcome).text, whole.text)
    }))

  it.live("status: the venue's words, with and without Retry-After, pages of a proxy; processed all the same if asked", () =>
    Effect.gen(function*() {
      const { endpoints: { clob, control, data, gamma }, isKnown, place } = yield* desk
      const say = Effect.fnUntraced(function*(url: string, fault: Readonly<Record<string, unknown>>) {
        const id = yield* arm(control, { fault: "status", ...fault })
        const outcome = yield* outcomeOf(url)
        yield* post(control, { action: "clear", id })
        return outcome
      })
      for (const status of [425, 429, 500, 503]) {
        const without = yield* say(`${clob}/ok`, { on: "clob", status })
        assert.strictEqual(without.status, status)
        assert.isString(JSON.parse(without.text).error)
        assert.isUndefined(without.headers?.["retry-after"])
        const told = yield* say(`${clob}/ok`, { on: "clob", status, retryAfter: 7 })
        assert.strictEqual(told.headers?.["retry-after"], "7")
      }
      const page = yield* say(`${clob}/ok`, { on: "clob", status: 502 })
      assert.match(String(page.headers?.["content-type"]), /^text\/html/)
      assert.isTrue(page.text.startsWith("<html>"))
      assert.deepInclude(yield* say(`${clob}/ok`, { on: "clob", status: 200, html: true }), { status: 200 })
      assert.strictEqual((yield* say(`${clob}/ok`, { on: "clob", status: 200, body: "{" })).text, "{")
      assert.isString(JSON.parse((yield* say(`${gamma}/tags`, { on: "gamma", status: 500 })).text).type)
      assert.isTrue(JSON.parse((yield* say(`${data}/v2/trades`, { on: "data", status: 429 })).text).retryable)
      yield* arm(control, {
        fault: "status",
        on: "clob",
        method: "POST",
        path: "/order",
        status: 500,
        processed: true,
        times: 1
      })
      yield* arm(control, { fault: "status", on: "clob", method: "POST", path: "/order", status: 500, times: 1 })
      const done = yield* place
      assert.deepInclude(yield* done.sent.outcome, { status: 500, text: "{\"error\":\"could not insert order\"}" })
      assert.isTrue(yield* isKnown(done.id))
      const undone = yield* place
      assert.strictEqual((yield* undone.sent.outcome).status, 500)
      assert.isFalse(yield* isKnown(undone.id))
    }))

  it.live("ORD-1 lose-request never reaches the venue, lose-reply does; the ledger tells which", () =>
    Effect.gen(function*() {
      const { endpoints: { control }, isKnown, lines, place } = yield* desk
      for (const ending of ["close", "reset", "hang"]) {
        for (const fault of ["lose-request", "lose-reply"]) {
          const id = yield* arm(control, { fault, on: "clob", method: "POST", path: "/order", ending, times: 1 })
          const { id: order, sent } = yield* place
          if (ending === "hang") {
            yield* eventually(isKnown(order), (known) => known === (fault === "lose-reply"))
            assert.isTrue(sent.isPending())
          } else assert.strictEqual((yield* sent.outcome).kind, "unanswered")
          assert.strictEqual(yield* isKnown(order), fault === "lose-reply", `${fault} ${ending}`)
          assert.strictEqual(
            lines().some((line) => line["kind"] === "placement" && line["order"] === order),
            fault === "lose-reply"
          )
          assert.deepInclude(lines().find((line) => line["kind"] === "fault" && line["id"] === id), {
            fault,
            on: "clob",
            method: "POST",
            path: "/order"
          })
          assert.deepInclude(yield* reportOf(control, id), { offered: 1, applied: 1, state: "over" })
        }
      }
    }))

  it.effect("ORD-3 late: processed now or late, answered when its time has come", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_790_000_000_000)
      const { endpoints: { control }, isKnown, place } = yield* desk
      const late = { fault: "late", on: "clob", method: "POST", path: "/order", minMs: 40_000, maxMs: 40_000, times: 1 }
      for (const processed of ["now", "late"]) {
        const id = yield* arm(control, { ...late, processed })
        const { id: order, sent } = yield* place
        yield* eventually(reportOf(control, id), ({ applied }) => applied === 1)
        if (processed === "now") yield* eventually(isKnown(order), (known) => known)
        yield* TestClock.adjust(39_999)
        assert.strictEqual(yield* isKnown(order), processed === "now")
        assert.isTrue(sent.isPending())
        yield* TestClock.adjust(1)
        assert.strictEqual((yield* sent.outcome).status, 200)
        assert.isTrue(yield* isKnown(order))
      }
    }))

  it.live("ORD-10 short: a batch is answered with fewer rows than it has orders", () =>
    Effect.gen(function*() {
      const { endpoints: { control }, one, token } = yield* desk
      const body = JSON.stringify([1, 2, 3].map(() => JSON.parse(bodyOf(make(one, token), one.apiKey))))
      yield* arm(control, { fault: "short", on: "clob", path: "/orders", keep: 2, times: 1 })
      const short = yield* one.signed("POST", "/orders", body)
      assert.strictEqual((short.value as unknown as ReadonlyArray<unknown>).length, 2)
      assert.strictEqual(((yield* one.signed("GET", "/data/orders")).value["data"] as ReadonlyArray<unknown>).length, 3)
      yield* arm(control, { fault: "short", on: "clob", path: "/data/orders", times: 1 })
      const page = (yield* one.signed("GET", "/data/orders")).value
      assert.deepStrictEqual([page["count"], (page["data"] as ReadonlyArray<unknown>).length], [2, 2])
    }))

  it.effect("ORD-3 lag: own lists answer as of some time ago, orders by id as of now", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_790_000_000_000)
      const { endpoints: { control }, isKnown, one, place } = yield* desk
      const listed = one.signed("GET", "/data/orders").pipe(
        Effect.map(({ value }) => (value["data"] as ReadonlyArray<{ readonly id: string }>).map(({ id }) => id))
      )
      const first = yield* place
      yield* first.sent.outcome
      yield* TestClock.adjust("20 seconds")
      const lag = yield* arm(control, { fault: "lag", byMs: 10_000 })
      const second = yield* place
      yield* second.sent.outcome
      yield* one.signed("DELETE", "/order", JSON.stringify({ orderID: first.id }))
      assert.deepStrictEqual(yield* listed, [first.id])
      assert.isTrue(yield* isKnown(second.id))
      yield* TestClock.adjust(9_999)
      assert.deepStrictEqual(yield* listed, [first.id])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* listed, [second.id])
      assert.deepInclude(yield* reportOf(control, lag), { offered: 3, applied: 3 })
      yield* TestClock.adjust("3 minutes")
      assert.deepStrictEqual(yield* listed, [second.id])
    }))

  it.effect("ORD-3 lag: trades of then, with their status of then", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_790_000_000_000)
      const { endpoints: { control }, one, token } = yield* desk
      const trades = one.signed("GET", "/data/trades").pipe(
        Effect.map(({ value }) =>
          (value["data"] as ReadonlyArray<{ readonly status: string }>).map((row) => row.status)
        )
      )
      const order = bodyOf(make(one, token, { price: 0.99, size: 10 }), one.apiKey)
      yield* one.signed("POST", "/order", order.replace("\"deferExec\":false", "\"deferExec\":true"))
      yield* TestClock.adjust("250 millis")
      assert.deepStrictEqual([...new Set(yield* trades)], ["MATCHED"])
      yield* TestClock.adjust("4750 millis")
      assert.deepStrictEqual([...new Set(yield* trades)], ["CONFIRMED"])
      yield* arm(control, { fault: "lag", byMs: 4_700, path: "/data/trades" })
      assert.deepStrictEqual([...new Set(yield* trades)], ["MATCHED"])
      yield* TestClock.adjust("500 millis")
      assert.deepStrictEqual([...new Set(yield* trades)], ["MINED"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([...new Set(yield* trades)], ["CONFIRMED"])
      yield* post(control, { action: "clear" })
      yield* arm(control, { fault: "lag", byMs: 60_000 })
      assert.deepStrictEqual(yield* trades, [])
    }))

  it.live("ORD-3 forget: an order that exists is not found by its id, or only when it is finished", () =>
    Effect.gen(function*() {
      const { endpoints: { control }, isKnown, one, place } = yield* desk
      const { id, sent } = yield* place
      yield* sent.outcome
      const finished = yield* arm(control, { fault: "forget", finished: true })
      assert.isTrue(yield* isKnown(id))
      yield* one.signed("DELETE", "/order", JSON.stringify({ orderID: id }))
      assert.isFalse(yield* isKnown(id))
      yield* post(control, { action: "clear", id: finished })
      assert.isTrue(yield* isKnown(id))
      yield* arm(control, { fault: "forget", times: 1 })
      assert.isFalse(yield* isKnown(id))
      assert.isTrue(yield* isKnown(id))
    }))
})

describe("selection of requests", () => {
  it.effect("by surface, method, path and token, after a while and for a while", () =>
    Effect.gen(function*() {
      const { endpoints: { clob, control, gamma } } = yield* quiet
      const status = (url: string, method = "GET") =>
        send(url, { method }).outcome.pipe(Effect.map((one) => one.status))
      yield* arm(control, { fault: "status", on: ["gamma", "data"], status: 418, times: 1 })
      assert.strictEqual(yield* status(`${clob}/ok`), 200)
      assert.strictEqual(yield* status(`${gamma}/tags`), 418)
      yield* arm(control, { fault: "status", on: "http", method: "POST", path: "/b*s", status: 418, times: 1 })
      assert.strictEqual(yield* status(`${clob}/books`), 400)
      assert.strictEqual(yield* status(`${clob}/book`, "POST"), 404)
      assert.strictEqual(yield* status(`${clob}/books`, "POST"), 418)
      yield* arm(control, { fault: "status", on: "clob", path: "/book", assets: ["123"], status: 418 })
      assert.strictEqual(yield* status(`${clob}/book?token_id=124`), 404)
      assert.strictEqual(yield* status(`${clob}/book?token_id=123`), 418)
      const id = yield* arm(control, {
        fault: "status",
        on: "clob",
        path: "/ok",
        status: 418,
        afterMs: 1_000,
        forMs: 500
      })
      assert.strictEqual((yield* reportOf(control, id)).state, "waiting")
      const seen: Array<number | undefined> = []
      for (const wait of [999, 1, 499, 1]) {
        yield* TestClock.adjust(wait)
        seen.push(yield* status(`${clob}/ok`))
      }
      assert.deepStrictEqual(seen, [200, 418, 418, 200])
      assert.deepInclude(yield* reportOf(control, id), { offered: 2, applied: 2, state: "over" })
    }))

  it.live("the same seed takes the same chances, another one others; about as many as asked for", () =>
    Effect.gen(function*() {
      const decisions = (seed: number) =>
        Effect.scoped(Effect.gen(function*() {
          const { endpoints: { clob, control } } = yield* simulator({ seed, rate: 0 })
          const id = yield* arm(control, { fault: "status", on: "clob", status: 500, probability: 0.3 })
          const seen: Array<number> = []
          for (let at = 0; at < 200; at++) seen.push((yield* get(`${clob}/ok`)).status)
          const { applied, offered } = yield* reportOf(control, id)
          assert.strictEqual(offered, 200)
          assert.strictEqual(applied, seen.filter((status) => status === 500).length)
          assert.isAbove(applied, 30)
          assert.isBelow(applied, 90)
          return seen
        }))
      const first = yield* decisions(1)
      assert.deepStrictEqual(yield* decisions(1), first)
      assert.notDeepEqual(yield* decisions(2), first)
    }))

  it.live("faults of the start work too; control itself is never struck; what is no fault is refused", () =>
    Effect.gen(function*() {
      const { endpoints: { clob, control } } = yield* simulator({
        rate: 0,
        faults: [{ fault: "refuse", on: "http", id: "mine" }]
      })
      assert.strictEqual((yield* outcomeOf(`${clob}/ok`)).kind, "unanswered")
      assert.deepInclude(yield* reportOf(control, "mine"), { applied: 1 })
      assert.strictEqual((yield* post(control, { action: "fault", fault: "drop", on: "clob" })).status, 400)
      assert.strictEqual((yield* post(control, { action: "fault", fault: "cut", on: "clob", id: "mine" })).status, 409)
      const cleared = JSON.parse((yield* post(control, { action: "clear" })).text)
      assert.strictEqual(cleared.affected, 1)
      assert.strictEqual((yield* outcomeOf(`${clob}/ok`)).status, 200)
    }))
})

describe("down", () => {
  it.live("closes the port to everybody for a while: connections are reset, new ones refused", () =>
    Effect.gen(function*() {
      const { endpoints: { clob, control } } = yield* quiet
      yield* arm(control, { fault: "hang", on: "clob", path: "/time" })
      const open = send(`${clob}/time`)
      const id = yield* arm(control, { fault: "down", forMs: 300 })
      assert.strictEqual((yield* open.outcome).kind, "unanswered")
      assert.strictEqual((yield* outcomeOf(`${clob}/ok`)).code, "ECONNREFUSED")
      const again = yield* eventually(outcomeOf(`${clob}/ok`), ({ kind }) => kind === "answered")
      assert.strictEqual(again.status, 200)
      assert.deepInclude(yield* reportOf(control, id), { applied: 1 })
    }))
})
