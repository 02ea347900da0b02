/**
 * The markets of written tests, made from the names that occur: `slug:Outcome`, `series:NAME:Outcome` (the market of the series at that time)
 * and token ids. Ids are hashes of names; the tick is 0.01, or what the written prices need; nothing ends but markets of series.
 */
import type { AssetId } from "../../domain/Asset.ts"
import { isToken } from "../../domain/Asset.ts"
import * as Fixed from "../../domain/Fixed.ts"
import type { ConditionId, Market } from "../../domain/Market.ts"
import { conditionIdFromText } from "../../domain/Market.ts"
import type { Price } from "../../domain/Price.ts"
import type { Size } from "../../domain/Size.ts"
import type { TickSize } from "../../domain/TickSize.ts"
import * as Tick from "../../domain/TickSize.ts"
import { hashOf } from "../HashOf.ts"
import { periodOf } from "../Series.ts"
import type { CompiledPolicy } from "./Compile.ts"
import { numberOf } from "./Policy.ts"
import type { WrittenEvent } from "./PolicyTest.ts"

interface Draft {
  readonly slug: string
  readonly conditionId: ConditionId
  readonly endTime: number | undefined
  /** By lower case name. */
  readonly outcomes: Map<string, { readonly name: string; readonly assetId: AssetId }>
  readonly prices: Array<Price>
}

/** The markets, and which asset a name means. */
export interface WrittenMarkets {
  readonly all: () => ReadonlyArray<Market>
  /** The asset that a name means at `now`, ms after the start. */
  readonly assetOf: (name: string, now: number) => AssetId
  readonly marketOf: (assetId: AssetId) => Market | undefined
  /** How people write an asset: slug:Outcome where there is one. */
  readonly nameOf: (assetId: AssetId) => string
}

const pairs: ReadonlyArray<readonly [string, string]> = [["Yes", "No"], ["Up", "Down"]]

const defaultPeriod = 300

/** Makes the markets that events and policies speak of. */
export const make = (
  events: ReadonlyArray<WrittenEvent>,
  policies: ReadonlyArray<CompiledPolicy>
): WrittenMarkets => {
  const drafts = new Map<string, Draft>()
  const byToken = new Map<AssetId, Draft>()

  const draftOf = (slug: string, endTime?: number): Draft => {
    let draft = drafts.get(slug)
    if (draft === undefined) {
      const conditionId = (slug.startsWith("0x") ? conditionIdFromText(slug) : undefined) ??
        `0x${hashOf(["market", slug])}` as ConditionId
      drafts.set(slug, draft = { slug, conditionId, endTime, outcomes: new Map(), prices: [] })
    }
    return draft
  }

  const outcome = (draft: Draft, name: string, token?: AssetId): AssetId => {
    const before = draft.outcomes.get(name.toLowerCase())
    if (before !== undefined) return before.assetId
    const assetId = token ?? BigInt(`0x${hashOf(["token", draft.slug, name.toLowerCase()])}`).toString() as AssetId
    draft.outcomes.set(name.toLowerCase(), { name, assetId })
    byToken.set(assetId, draft)
    return assetId
  }

  const draftAt = (slug: string, now: number): Draft => {
    if (!slug.startsWith("series:")) return draftOf(slug)
    const series = slug.slice("series:".length)
    const period = periodOf(series) ?? defaultPeriod
    const start = Math.floor(now / 1_000 / period) * period
    return draftOf(`${series}-${String(start).padStart(10, "0")}`, (start + period) * 1_000)
  }

  const assetOf = (name: string, now: number): AssetId => {
    const colon = name.lastIndexOf(":")
    if (colon > 0) return outcome(draftAt(name.slice(0, colon), now), name.slice(colon + 1))
    const assetId = name as AssetId
    if (isToken(assetId) && !byToken.has(assetId)) outcome(draftOf(`market-of-${name.slice(0, 12)}`), "Yes", assetId)
    return assetId
  }

  for (const event of events) {
    if (event.asset === undefined) continue
    const draft = byToken.get(assetOf(event.asset, event.at))
    for (const written of [event.bid, event.ask, event.trade?.price]) {
      const micro = written === undefined ? undefined : microOf(written)
      if (draft !== undefined && micro !== undefined && micro > 0) draft.prices.push(micro as Price)
    }
  }
  for (const policy of policies) {
    for (const token of policy.tokens) assetOf(token, 0)
    for (const slug of policy.markets) if (!slug.includes("*")) draftAt(slug, 0)
  }

  const complete = (draft: Draft): void => {
    const [first] = draft.outcomes.keys()
    const pair = first === undefined
      ? pairs[draft.slug.includes("updown") ? 1 : 0]
      : pairs.find((names) => names.some((name) => name.toLowerCase() === first))
    for (const name of pair ?? [`not ${draft.outcomes.get(first ?? "")?.name}`]) {
      if (pair !== undefined || draft.outcomes.size < 2) outcome(draft, name)
    }
  }
  for (const draft of drafts.values()) complete(draft)

  const marketOf = (draft: Draft): Market => {
    const outcomes = [...draft.outcomes.values()]
    const rank = ({ name }: { readonly name: string }) => pairs.some((pair) => pair[1] === name) ? 1 : 0
    return {
      conditionId: draft.conditionId,
      slug: draft.slug,
      question: draft.slug,
      outcomes: outcomes.sort((a, b) => rank(a) - rank(b)),
      tickSize: tickOf(draft.prices),
      minimumSize: 5_000_000 as Size,
      negativeRisk: false,
      version: "v1",
      status: "open",
      ...(draft.endTime === undefined ? {} : { endTime: draft.endTime })
    }
  }

  return {
    all: () => [...drafts.values()].map(marketOf),
    assetOf,
    marketOf: (assetId) => {
      const draft = byToken.get(assetId)
      return draft === undefined ? undefined : marketOf(draft)
    },
    nameOf: (assetId) => {
      const draft = byToken.get(assetId)
      const found = [...draft?.outcomes.values() ?? []].find((one) => one.assetId === assetId)
      return draft === undefined || found === undefined || draft.slug.startsWith("market-of-")
        ? assetId
        : `${draft.slug}:${found.name}`
    }
  }
}

/** A written number in millionths, cut; `undefined` when it is none. */
export const microOf = (written: string | number): number | undefined => {
  const value = numberOf(written)
  return value === undefined ? undefined : Fixed.toMicro(value, "down")
}

const usualTick: TickSize = 10_000

/** 0.01, or the coarsest tick that the prices fit when it is finer. */
const tickOf = (prices: ReadonlyArray<Price>): TickSize => {
  const found = Tick.coarsestFor(prices) ?? 100
  return found > usualTick ? usualTick : found
}
