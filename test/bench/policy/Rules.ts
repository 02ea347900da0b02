/** The rules every program evaluates and the events they see: half thresholds, half crossings, spread over 500 assets; drawn from a seed. */
import type { AssetId } from "../../../src/domain/Asset.ts"
import type { Decimal } from "../../../src/domain/Decimal.ts"
import type { MarketEvent, PriceUpdate } from "../../../src/engine/MarketEvent.ts"
import { scrambled } from "../../suites/scrambled.ts"

/** Assets, as long as real ids. */
export const assets: ReadonlyArray<string> = Array.from(
  { length: 500 },
  (_, index) => `7${String(index).padStart(76, "0")}`
)

/** One comparison of an asset's bid; of what it changed over the last five minutes, in per cent; or of bid and ask together. */
export interface Rule {
  readonly id: string
  readonly asset: number
  readonly kind: "plain" | "window" | "both"
  readonly operator: ">" | "<" | "crosses_above" | "crosses_below"
  /** Thousandths. */
  readonly threshold: number
}

/** `count` rules; of a mix half are plain. */
export const rulesOf = (count: number, isMix: boolean): ReadonlyArray<Rule> => {
  const random = scrambled(5)
  return Array.from({ length: count }, (_, index): Rule => ({
    id: `r${index}`,
    asset: index % assets.length,
    kind: !isMix || (index / assets.length & 1) === 0 ? "plain" : (index / assets.length & 2) === 0 ? "window" : "both",
    operator: ([">", "crosses_above", "<", "crosses_below"] as const)[random(4)] as Rule["operator"],
    // Thresholds lie far out, half-thousandths: most events make none true and none is met exactly.
    threshold: index % 2 === 0 ? 700 + random(250) : 50 + random(250)
  }))
}

/** How far the five minutes' change lies from nothing when a window rule is true, per cent. */
export const changeOf = ({ threshold }: Rule): number => threshold >= 500 ? threshold / 10 : -threshold / 10

/** Stretch of the windows, ms. */
export const stretch = 300_000

/** Event time between two firings of a rule, ms. */
export const cooldown = 600_000

/** One price. */
export interface Step {
  readonly asset: number
  /** Thousandths. */
  readonly bid: number
}

const start = 1_790_000_000_000

/** A walk of every asset between 0.01 and 0.99. */
export const stepsOf = (count: number): ReadonlyArray<Step> => {
  const random = scrambled(9)
  const bids = assets.map(() => 300 + random(400))
  return Array.from({ length: count }, () => {
    const asset = random(assets.length)
    const bid = Math.min(990, Math.max(10, (bids[asset] as number) + random(21) - 10))
    bids[asset] = bid
    return { asset, bid }
  })
}

const decimals = Array.from({ length: 1_001 }, (_, index) => String(index / 1_000) as Decimal)

/** A price of an asset, in thousandths, with an ask one cent above. */
export const priceOf = (id: number, asset: number, bid: number, receivedAt: number): PriceUpdate => ({
  _tag: "PriceUpdate",
  id: id as PriceUpdate["id"],
  time: receivedAt,
  receivedAt,
  source: "clob",
  assetId: assets[asset] as AssetId,
  bid: decimals[bid] as Decimal,
  ask: decimals[Math.min(1_000, bid + 10)] as Decimal
})

/** The events of steps, 10 a millisecond. */
export const eventsOf = (steps: ReadonlyArray<Step>): ReadonlyArray<MarketEvent> =>
  steps.map(({ asset, bid }, index) => priceOf(index + 1, asset, bid, timeOf(index)))

/** When a step happens, ms. */
export const timeOf = (index: number): number => start + Math.floor(index / 10)

const conditionOf = (rule: Rule): string => {
  const { asset, kind, operator, threshold } = rule
  const of = `asset: "${assets[asset]}"`
  switch (kind) {
    case "plain":
      return `{ field: bid, operator: "${operator}", value: ${threshold / 1_000}, ${of} }`
    case "window": {
      const change = changeOf(rule)
      return `{ field: bid, operator: "${
        change > 0 ? ">" : "<"
      }", value: ${change}, ${of}, window: { duration: 5m, aggregation: change_pct } }`
    }
    case "both":
      return `{ all: [{ field: bid, operator: ">", value: ${
        threshold / 1_000
      }, ${of} }, { field: ask, operator: "<", value: ${(threshold + 30) / 1_000}, ${of} }] }`
  }
}

/** The same rules as a policy file. */
export const policyFileOf = (rules: ReadonlyArray<Rule>): string =>
  `policies:\n${
    rules.map((rule) =>
      `  - { id: ${rule.id}, cooldown: 10m, conditions: ${
        conditionOf(rule)
      }, actions: [{ type: notification, channel: console, template: x }] }`
    ).join("\n")
  }\n`
