/** The least that the rules cost: a closure each, in a list per asset; the window of an asset is kept once. */
import type { PriceUpdate } from "../../../src/engine/MarketEvent.ts"
import { serve } from "../Process.ts"
import { type Asked, measured } from "./Asked.ts"
import { Changes } from "./Changes.ts"
import { assets, changeOf, cooldown, eventsOf, type Rule, rulesOf, type Step, stepsOf, timeOf } from "./Rules.ts"

type Closure = (before: number | undefined, value: number, change: number, now: number) => number

const closureOf = (rule: Rule): Closure => {
  const { kind, operator, threshold } = rule
  let last = -Infinity
  const fire = (now: number): number => {
    if (now - last < cooldown) return 0
    last = now
    return 1
  }
  if (kind === "window") {
    const least = changeOf(rule)
    return least > 0
      ? (_before, _value, change, now) => change > least ? fire(now) : 0
      : (_before, _value, change, now) => change < least ? fire(now) : 0
  }
  if (kind === "both") {
    return (_before, value, _change, now) =>
      value > threshold && Math.min(1_000, value + 10) < threshold + 30 ? fire(now) : 0
  }
  switch (operator) {
    case ">":
      return (_before, value, _change, now) => value > threshold ? fire(now) : 0
    case "<":
      return (_before, value, _change, now) => value < threshold ? fire(now) : 0
    case "crosses_above":
      return (before, value, _change, now) =>
        before !== undefined && before <= threshold && value > threshold ? fire(now) : 0
    case "crosses_below":
      return (before, value, _change, now) =>
        before !== undefined && before >= threshold && value < threshold ? fire(now) : 0
  }
}

/** The floor over places in lists and whole numbers. */
const ofNumbers = (
  steps: ReadonlyArray<Step>,
  byAsset: ReadonlyArray<ReadonlyArray<Closure>>,
  changes: Changes | undefined
) => {
  const before: Array<number | undefined> = assets.map(() => undefined)
  return (index: number): number => {
    const { asset, bid } = steps[index] as Step
    const now = timeOf(index)
    const was = before[asset]
    before[asset] = bid
    const change = changes?.add(asset, bid, now) ?? 0
    let fired = 0
    for (const closure of byAsset[asset] as ReadonlyArray<Closure>) fired += closure(was, bid, change, now)
    return fired
  }
}

/** The same over the events that the evaluator is given: an asset is found by its id, its numbers are read from text. */
const ofEvents = (
  steps: ReadonlyArray<Step>,
  byAsset: ReadonlyArray<ReadonlyArray<Closure>>,
  changes: Changes | undefined
) => {
  const log = eventsOf(steps) as ReadonlyArray<PriceUpdate>
  const places = new Map<string, { readonly asset: number; before: number | undefined }>(
    assets.map((id, asset) => [id, { asset, before: undefined }])
  )
  return (index: number): number => {
    const { assetId, bid: text, receivedAt } = log[index] as PriceUpdate
    const place = places.get(assetId)
    if (place === undefined) return 0
    const bid = Math.round(Number(text) * 1_000)
    const { asset, before } = place
    place.before = bid
    const change = changes?.add(asset, bid, receivedAt) ?? 0
    let fired = 0
    for (const closure of byAsset[asset] as ReadonlyArray<Closure>) fired += closure(before, bid, change, receivedAt)
    return fired
  }
}

serve(async ({ events, isMix, isOfEvents, rules }: Asked) => {
  const byAsset: ReadonlyArray<Array<Closure>> = assets.map(() => [])
  for (const rule of rulesOf(rules, isMix)) byAsset[rule.asset]?.push(closureOf(rule))
  const changes = isMix ? new Changes() : undefined
  const steps = stepsOf(events)
  return measured(
    steps.length,
    isOfEvents === true ? ofEvents(steps, byAsset, changes) : ofNumbers(steps, byAsset, changes)
  )
})
