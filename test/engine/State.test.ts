import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import type { Market } from "../../src/domain/Market.ts"
import { TickSize } from "../../src/domain/TickSize.ts"
import { unstamped } from "../../src/engine/MarketEvent.ts"
import type { MarketEvent } from "../../src/engine/MarketEvent.ts"
import * as State from "../../src/engine/State.ts"
import { markets, tokens } from "../arbitrary/Events.ts"

const market = markets[0] as Market
const head = { id: unstamped, time: 0, receivedAt: 0, source: "clob" }
const described = (more: Partial<Market>): MarketEvent => ({
  ...head,
  _tag: "MarketMetadata",
  market: { ...market, ...more }
})
const snapshot = (assetId: string | undefined, receivedAt: number): MarketEvent => ({
  ...head,
  receivedAt,
  _tag: "OrderBookSnapshot",
  market: market.conditionId,
  assetId: assetId as never,
  bids: [],
  asks: []
})

const Step = Schema.Union([
  Schema.Struct({
    told: Schema.Literal("described"),
    status: Schema.Literals(["open", "paused", "closed", "resolved"])
  }),
  Schema.Struct({ told: Schema.Literal("ended"), status: Schema.Literals(["closed", "resolved"]) })
])

describe("State", () => {
  it.prop("STA-1 no market that ended opens again, whoever tells last", [Schema.Array(Step)], ([steps]) => {
    const state = State.empty()
    State.apply(state, described({}))
    const ends: Array<string> = []
    for (const { status, told } of steps) {
      State.apply(
        state,
        told === "described"
          ? described({ status })
          : { ...head, _tag: "MarketLifecycle", market: market.conditionId, kind: status }
      )
      ends.push(status)
      const now = state.markets.get(market.conditionId)?.status
      if (ends.includes("resolved")) assert.strictEqual(now, "resolved")
      else if (ends.includes("closed")) assert.strictEqual(now, "closed")
      else assert.strictEqual(now, status)
    }
  })

  it.prop("the CLOB's tick size stands against descriptions", [TickSize, TickSize], ([told, cached]) => {
    const state = State.empty()
    State.apply(state, described({ tickSize: cached }))
    State.apply(state, {
      ...head,
      _tag: "MarketLifecycle",
      market: market.conditionId,
      kind: "tick_size_changed",
      tickSize: told
    })
    State.apply(state, described({ tickSize: cached }))
    assert.strictEqual(state.markets.get(market.conditionId)?.tickSize, told)
  })

  it("STA-2 lets go of what is older than a quarter of an hour when something new is followed", () => {
    const state = State.empty()
    State.apply(state, snapshot(tokens[0], 0))
    State.apply(state, { ...head, _tag: "PriceUpdate", assetId: tokens[0] as never })
    State.apply(state, snapshot(tokens[1], State.timeToLive))
    assert.strictEqual(state.books.size, 2)
    State.apply(state, snapshot(tokens[2], State.timeToLive + 1))
    assert.deepStrictEqual(
      [...state.books.keys()] as ReadonlyArray<unknown>,
      [tokens[1], tokens[2]] as ReadonlyArray<unknown>
    )
    assert.strictEqual(state.prices.size, 0)
  })
})
