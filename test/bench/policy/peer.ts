/** json-rules-engine with an engine per asset; facts of crossings and windows are worked out for it, as the floor does. */
import { Engine } from "json-rules-engine"
import { serve } from "../Process.ts"
import { type Asked, measured } from "./Asked.ts"
import { Changes } from "./Changes.ts"
import { assets, changeOf, cooldown, type Rule, rulesOf, stepsOf, timeOf } from "./Rules.ts"

const conditionsOf = (rule: Rule) => {
  const { kind, operator, threshold } = rule
  if (kind === "window") {
    const change = changeOf(rule)
    return [{ fact: "change", operator: change > 0 ? "greaterThan" : "lessThan", value: change }]
  }
  if (kind === "both") {
    return [
      { fact: "value", operator: "greaterThan", value: threshold },
      { fact: "ask", operator: "lessThan", value: threshold + 30 }
    ]
  }
  const over = { fact: "value", operator: "greaterThan", value: threshold }
  const under = { fact: "value", operator: "lessThan", value: threshold }
  switch (operator) {
    case ">":
      return [over]
    case "<":
      return [under]
    case "crosses_above":
      return [over, { fact: "before", operator: "lessThanInclusive", value: threshold }]
    case "crosses_below":
      return [under, { fact: "before", operator: "greaterThanInclusive", value: threshold }]
  }
}

serve(async ({ events, isMix, rules }: Asked) => {
  const engines = assets.map(() => new Engine())
  for (const rule of rulesOf(rules, isMix)) {
    engines[rule.asset]?.addRule({ conditions: { all: conditionsOf(rule) }, event: { type: rule.id } })
  }
  const before: Array<number | undefined> = assets.map(() => undefined)
  const last = new Map<string, number>()
  const changes = new Changes()
  const steps = stepsOf(events)
  return measured(steps.length, async (index) => {
    const { asset, bid } = steps[index] as { readonly asset: number; readonly bid: number }
    const now = timeOf(index)
    const was = before[asset]
    before[asset] = bid
    const change = changes.add(asset, bid, now)
    // Not a number: neither below nor above anything.
    const result = await (engines[asset] as Engine).run({
      value: bid,
      before: was ?? Number.NaN,
      ask: Math.min(1_000, bid + 10),
      change
    })
    let fired = 0
    for (const { type } of result.events) {
      if (now - (last.get(type) ?? -Infinity) < cooldown) continue
      last.set(type, now)
      fired++
    }
    return fired
  })
})
