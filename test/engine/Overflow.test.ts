import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as OrderBook from "../../src/domain/OrderBook.ts"
import { assetOf, unstamped } from "../../src/engine/MarketEvent.ts"
import type { EventId, MarketEvent } from "../../src/engine/MarketEvent.ts"
import { Mailbox } from "../../src/engine/Overflow.ts"
import type { Overflow } from "../../src/engine/Overflow.ts"
import * as State from "../../src/engine/State.ts"
import { EventSeed, logOf } from "../arbitrary/Events.ts"

const rules: ReadonlyArray<Overflow> = ["dropOldest", "dropNewest", "conflate", "log", "spill"]

const Plan = Schema.Struct({
  seeds: Schema.Array(EventSeed).check(Schema.isMinLength(40), Schema.isMaxLength(160)),
  /** After so many offers everything is taken. */
  takeEvery: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 80 })),
  capacity: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 }))
})

const markOf = (ids: ReadonlyArray<EventId>): MarketEvent => ({
  _tag: "FeedStatus",
  id: unstamped,
  time: 0,
  receivedAt: 0,
  source: "dispatcher",
  feed: "policy",
  kind: "conflated",
  eventIds: ids
})

/** Everything taken, with the identity checked after every step. */
const run = (rule: Overflow, plan: typeof Plan.Type) => {
  const mailbox = new Mailbox(plan.capacity, rule)
  const taken: Array<MarketEvent> = []
  const check = () => {
    const { conflated, delivered, dropped, offered, queued, spilled } = mailbox.counts
    assert.strictEqual(offered, delivered + dropped + conflated + spilled + queued)
    if (rule !== "log") assert(queued <= plan.capacity, `${rule}: ${queued} of ${plan.capacity}`)
  }
  for (const [at, event] of logOf(plan.seeds).entries()) {
    mailbox.offer(event)
    check()
    if (at % plan.takeEvery === plan.takeEvery - 1) taken.push(...mailbox.takeAll(markOf))
    check()
  }
  taken.push(...mailbox.takeAll(markOf))
  check()
  return { taken, counts: mailbox.counts }
}

const booksAfter = (events: ReadonlyArray<MarketEvent>) => {
  const state = State.empty()
  for (const event of events) State.apply(state, event)
  return [...state.books].map(([assetId, { book, usable }]) => ({
    assetId,
    usable,
    bids: OrderBook.levels(book, "buy"),
    asks: OrderBook.levels(book, "sell")
  })).sort((a, b) => (a.assetId < b.assetId ? -1 : 1))
}

const isGap = (seed: EventSeed) => seed.kind === "gap" || seed.kind === "resynced"

describe("Overflow", () => {
  for (const rule of rules) {
    it.prop(`DIS-2 ${rule}: offered = delivered + dropped + conflated + spilled + queued, always`, [Plan], ([plan]) => {
      run(rule, plan)
    })

    it.prop(`DIS-3 ${rule}: order per asset is kept`, [Plan], ([plan]) => {
      const lastId = new Map<string, number>()
      for (const event of run(rule, plan).taken) {
        if (event.id === unstamped) continue
        const key = assetOf(event) ?? event._tag
        assert(event.id > (lastId.get(key) ?? 0))
        lastId.set(key, event.id)
      }
    })
  }

  it.prop("conflate: the books afterwards are the books of all events", [Plan], ([plan]) => {
    const seeds = plan.seeds.filter((seed) => !isGap(seed))
    const roomy = { ...plan, seeds, capacity: 24 }
    const { counts, taken } = run("conflate", roomy)
    assert.strictEqual(counts.dropped, 0)
    assert.deepStrictEqual(booksAfter(taken), booksAfter(logOf(seeds)))
  })

  it("a price takes the place of an older one of its source alone", () => {
    const mailbox = new Mailbox(2, "conflate")
    const seed = { kind: "quote", asset: 0, bid: 40, spread: 1, size: 1, side: "buy", after: 1 } as const
    const events = logOf([seed, seed, seed, seed]).map((event, index) => ({
      ...event,
      source: index % 2 === 0 ? "a" : "b"
    }))
    for (const event of events) mailbox.offer(event)
    assert.deepStrictEqual(
      mailbox.takeAll(() => events[0] as MarketEvent).map(({ id }) => id),
      [3, 4].map((at) => events[at - 1]?.id)
    )
  })

  it.prop(
    "log: trades, ticks and feed news are never lost, and the marks name exactly what was skipped",
    [Plan],
    ([plan]) => {
      const events = logOf(plan.seeds)
      const { taken } = run("log", plan)
      const skipped = new Set(
        taken.flatMap((event) => (event.id === unstamped && "eventIds" in event ? event.eventIds ?? [] : []))
      )
      const kept = taken.filter((event) => event.id !== unstamped).map((event) => event.id)
      assert.deepStrictEqual(
        [...kept].sort((a, b) => a - b),
        events.map((event) => event.id).filter((id) => !skipped.has(id))
      )
      for (const event of events) {
        if (skipped.has(event.id)) assert(event._tag === "PriceUpdate" || event._tag.startsWith("OrderBook"))
      }
    }
  )
})
