/** Why a condition is not known, in words, and what has to happen for it to be. Pure. */
import type { AssetId } from "../../domain/Asset.ts"
import * as Span from "../../domain/Span.ts"
import { timeToLive } from "../State.ts"
import { type Leaf, unresolved } from "./Conditions.ts"
import { short, spanText } from "./ExplainWords.ts"
import type { Read, Unknown } from "./Explanation.ts"
import type { Facts } from "./Facts.ts"
import type { Trace } from "./KnownFacts.ts"
import type { SimpleCondition } from "./Policy.ts"

/** The assets that a condition names, as written; `undefined` when it names none. */
export const assetText = ({ asset, market, outcome }: SimpleCondition): string | undefined => {
  const names = asset === undefined ? [] : typeof asset === "string" ? [asset] : asset
  const parts = [names.join(" or "), market ?? "", outcome ?? ""].filter((part) => part !== "")
  return parts.length === 0 ? undefined : parts.join(", ")
}

/** The outcome of a single market that a condition names, as written. */
const outcomeNamed = (
  { asset, market, outcome }: SimpleCondition
): readonly [market: string, outcome: string] | undefined => {
  if (typeof asset === "string" && !asset.startsWith("series:") && !asset.includes("*")) {
    const colon = asset.lastIndexOf(":")
    return colon < 0 ? undefined : [asset.slice(0, colon), asset.slice(colon + 1)]
  }
  return asset === undefined && market !== undefined && outcome !== undefined ? [market, outcome] : undefined
}

/** Why an outcome that a condition names is not known although its market is; `undefined` when that is not so. */
const whyNoOutcome = (condition: SimpleCondition, facts: Facts): WhyUnknown | undefined => {
  const named = outcomeNamed(condition)
  if (named === undefined || facts.tokenOf(...named) !== undefined) return undefined
  const [market, outcome] = named
  const has = facts.marketWith(market)?.outcomes.map(({ name }) => name)
  return has === undefined ? undefined : {
    why: "no_such_outcome",
    words: `the market ${short(market)} has no outcome ${short(outcome)}, only ${short(has.join(" and "))}`,
    change: `must be written with an outcome of its market: ${short(has.join(" or "))}`
  }
}

/** Why something is not known. */
export interface WhyUnknown {
  readonly why: Unknown
  readonly words: string
  /** What has to happen, after the subject. */
  readonly change: string
}

/** Why the value of a condition is not known. `target`: the asset it speaks of; `trace`: what was told of it last. */
export const whyUnknown = (
  leaf: Leaf,
  condition: SimpleCondition,
  target: AssetId | undefined | typeof unresolved,
  trace: Trace | undefined,
  samples: number,
  assetId: AssetId | undefined,
  facts: Facts
): WhyUnknown => {
  if (target === unresolved) {
    const noOutcome = whyNoOutcome(condition, facts)
    if (noOutcome !== undefined) return noOutcome
    const isNamed = leaf.filter?.single !== undefined
    if (isNamed || (assetId !== undefined && facts.market(assetId) === undefined)) {
      const name = assetText(condition) ?? ""
      return {
        why: "market_not_known",
        words: leaf.filter?.isSeries === true
          ? `no market of ${name} is running and known`
          : `the market of ${name} is not known`,
        change: "must become known: its market has to be followed and described"
      }
    }
    return assetId === undefined
      ? { why: "no_asset", words: "no asset that it speaks of has been told of", change: "must be told for some asset" }
      : {
        why: "other_asset",
        words: `${facts.nameOf(assetId)} is not one of ${assetText(condition) ?? "its assets"}`,
        change: `must be asked for another asset than ${facts.nameOf(assetId)}`
      }
  }
  if (leaf.isOfAsset && target === undefined) {
    return { why: "no_asset", words: "no asset has been told of", change: "must be told for some asset" }
  }
  if (leaf.field === "time_to_end") {
    return { why: "market_not_known", words: "its market or the end of it is not known", change: "must become known" }
  }
  if (trace === undefined) return { why: "never_told", words: "never told", change: "must be told" }
  if (trace.isLost) {
    return {
      why: "gap",
      words: `not told again since ${trace.source} had a gap, fell silent or lost its connection`,
      change: `must be told again by ${trace.source}`
    }
  }
  if (trace.value === undefined) {
    return {
      why: "no_value",
      words: "there is none: that side of the book is empty",
      change: "must exist: that side of the book needs an order"
    }
  }
  const oldest = leaf.look.maxAge ?? timeToLive
  if (facts.now - trace.receivedAt > oldest && facts.value(leaf.field, target, leaf.source) === undefined) {
    return tooOld(oldest, facts.now - trace.receivedAt)
  }
  if (leaf.look.maxAge !== undefined && facts.now - trace.receivedAt > leaf.look.maxAge) {
    return tooOld(leaf.look.maxAge, facts.now - trace.receivedAt)
  }
  const { window } = leaf.look
  if (window !== undefined && samples === 0) {
    return {
      why: "window_empty",
      words: `nothing was told within ${Span.toText(window.of.duration)}`,
      change: "must be told"
    }
  }
  if (window !== undefined && samples < window.minimumSamples) {
    return {
      why: "too_few_samples",
      words: `${samples} of the ${window.minimumSamples} values it needs within ${Span.toText(window.of.duration)}`,
      change: `needs ${window.minimumSamples - samples} more values within ${Span.toText(window.of.duration)}`
    }
  }
  if (window !== undefined) {
    return {
      why: "window_undefined",
      words: "the values of its window give none, since nothing varies or the first is zero",
      change: "must vary"
    }
  }
  return { why: "never_told", words: "not told", change: "must be told" }
}

const tooOld = (oldest: number, age: number): WhyUnknown => ({
  why: "too_old",
  words: `told ${spanText(age)} ago, which is older than ${Span.toText(oldest)}`,
  change: "must be told again"
})

/** Why a known value cannot be compared. */
export const whyIncomparable = (
  right: bigint | string | undefined,
  reads: ReadonlyArray<Read> | undefined
): WhyUnknown => {
  if (right !== undefined) {
    return {
      why: "not_comparable",
      words: "a number cannot be compared with a text",
      change: "must be of the same kind"
    }
  }
  const missing = (reads ?? []).filter(({ value }) => value === undefined).map(({ name }) => name)
  return {
    why: "right_side_unknown",
    words: missing.length === 0
      ? "what it is compared with is too old, or behind a gap"
      : `what it is compared with is not known: ${missing.join(", ")}`,
    change: missing.length === 0
      ? "can be compared once that is told again"
      : `can be compared once ${missing.join(" and ")} is known`
  }
}
