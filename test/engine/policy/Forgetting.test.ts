import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { AssetId } from "../../../src/domain/Asset.ts"
import type { Decimal } from "../../../src/domain/Decimal.ts"
import type { ConditionId, Market } from "../../../src/domain/Market.ts"
import type { Size } from "../../../src/domain/Size.ts"
import type { MarketEvent, unstamped } from "../../../src/engine/MarketEvent.ts"
import { Evaluator } from "../../../src/engine/policy/Evaluate.ts"
import * as Load from "../../../src/engine/policy/Load.ts"

const round = 300
const day = 86_400

/** A policy of whatever asset, one of a series and one of a market by its name. */
const text = `policies:
  - { id: any, cooldown: 7d, cooldown_per: asset, ACTIONS,
      conditions: { field: bid, operator: crosses_above, value: 0.5 } }
  - { id: window, cooldown: 1m, ACTIONS,
      conditions: { field: bid, operator: ">", value: 2, window: { duration: 5m, aggregation: change } } }
  - { id: both, cooldown: 1m, ACTIONS,
      conditions: { all: [{ field: bid, operator: ">", value: 2 }, { field: time_to_end, operator: ">", value: 0 }] } }
  - { id: series, ACTIONS, cooldown: 1s,
      conditions: { field: bid, operator: crosses_above, value: 0.5, asset: "series:btc-updown-5m:Up" } }
  - { id: named, ACTIONS, cooldown: 1s,
      conditions: { field: bid, operator: ">", value: 2, asset: "btc-updown-5m-NAMED:Up" } }
`

/** An engine that lives through rounds of a series; times are seconds of event time. */
class World {
  readonly begin: number
  now: number
  readonly evaluator: Evaluator
  #id = 0

  constructor() {
    const start = 1_790_000_000
    this.now = this.begin = start - start % round
    const source = text.replaceAll("ACTIONS", "actions: [{ type: notification, channel: console, template: x }]")
      .replace("NAMED", String(this.begin))
    this.evaluator = new Evaluator(
      Result.getOrThrow(
        Load.compileAll([{ file: "a.yaml", text: source }], { defaultSlippage: undefined, validFor: 2_000 })
      ),
      1_000_000
    )
  }

  take(event: object): ReadonlyArray<string> {
    const receivedAt = this.now * 1_000
    const head = { id: ++this.#id as typeof unstamped, time: receivedAt, receivedAt }
    return this.evaluator.take({ ...head, ...event } as MarketEvent).map(({ policyId }) => policyId)
  }

  tick() {
    return this.take({ _tag: "Tick", source: "clock", kind: "clock", name: "second" })
  }

  quote(assetId: AssetId, bid: string) {
    return this.take({ _tag: "PriceUpdate", source: "clob", assetId, bid: bid as Decimal })
  }

  /** A round with a crossing of each of its tokens; its first token, and what fired. */
  round() {
    const begin = this.now
    const index = (begin - this.begin) / round
    const [up, down] = [`${index + 1}01`, `${index + 1}02`].map((id) => AssetId.make(id)) as [AssetId, AssetId]
    const market: Market = {
      conditionId: `0x${String(index + 1).padStart(64, "0")}` as ConditionId,
      slug: `btc-updown-5m-${begin}`,
      question: "?",
      outcomes: [{ name: "Up", assetId: up }, { name: "Down", assetId: down }],
      tickSize: 10_000,
      minimumSize: 5_000_000 as Size,
      negativeRisk: false,
      version: "v1",
      status: "open",
      endTime: (begin + round) * 1_000
    }
    this.take({ _tag: "MarketMetadata", source: "gamma", market })
    const fired: Array<string> = []
    for (const bid of ["0.4", "0.6"]) {
      this.now += round / 3
      for (const assetId of [up, down]) fired.push(...this.quote(assetId, bid))
      fired.push(...this.tick())
    }
    this.now = begin + round
    return { up, fired }
  }

  /** Hours in which nobody says anything. */
  sleep(seconds: number) {
    for (const until = this.now + seconds; this.now < until; this.now += 1_800) this.tick()
  }

  known(policyId: string): number {
    return this.evaluator.inspect(policyId)?.bound.size ?? 0
  }
}

describe("Markets that are long over", () => {
  it("are forgotten, so that what is remembered does not grow with the rounds of a series", () => {
    const world = new World()
    const rounds = 3 * day / round
    for (let index = 0; index < rounds; index++) assert.deepStrictEqual(world.round().fired, ["any", "series", "any"])
    // Of a day and a bit, and the one that a policy names.
    for (const id of ["any", "window", "both"]) assert.isBelow(world.known(id), 2 * (day + 2 * 3_600) / round + 4)
    const { facts } = world.evaluator
    assert.isUndefined(facts.market(AssetId.make("201")))
    assert.isUndefined(facts.marketNamed(`btc-updown-5m-${world.begin + round}`))
    assert.strictEqual(facts.nameOf(AssetId.make("101")), `btc-updown-5m-${world.begin}:Up`)
  })

  it("stay as long as shares are held, and while something is told of them", () => {
    const world = new World()
    world.round()
    const { up: held } = world.round()
    world.take({ _tag: "PositionUpdate", source: "data", wallet: "w", assetId: held, size: 1_000_000 as Size })
    const { up: told } = world.round()
    const { up: silent } = world.round()
    for (let half = 0; half < 6; half++) {
      world.sleep(day / 2)
      world.quote(told, "0.3")
    }
    const isKnown = [held, told, silent].map((assetId) => world.evaluator.facts.market(assetId) !== undefined)
    assert.deepStrictEqual(isKnown, [true, true, false])
    world.take({ _tag: "PositionUpdate", source: "data", wallet: "w", assetId: held, size: 0 as Size })
    world.sleep(2 * day)
    assert.isUndefined(world.evaluator.facts.market(held))
  })

  it("POL-3 POL-4 begin anew should they be told of again: the first value only arms, cooldowns still count", () => {
    const world = new World()
    world.round()
    const { up } = world.round()
    world.quote(up, "0.4")
    world.sleep(2 * day)
    assert.deepStrictEqual(world.quote(up, "0.6"), [])
    world.quote(up, "0.4")
    assert.deepStrictEqual(world.quote(up, "0.6"), [], "in its cooldown of seven days")
    world.sleep(7 * day)
    world.quote(up, "0.4")
    assert.deepStrictEqual(world.quote(up, "0.6"), ["any"])
  })
})
