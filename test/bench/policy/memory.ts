/** What 10,000 policies on windows of five minutes keep in memory, once five and a half minutes of events have gone by. */
import { Result } from "effect"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import type { MarketEvent } from "../../../src/engine/MarketEvent.ts"
import { Evaluator } from "../../../src/engine/policy/Evaluate.ts"
import * as Load from "../../../src/engine/policy/Load.ts"
import { scrambled } from "../../suites/scrambled.ts"
import { serve } from "../Process.ts"
import { assets, priceOf } from "./Rules.ts"

/** What the policies do when they fire. */
export type Does = "notification" | "order" | "webhook"

/** What is asked. */
export interface Asked {
  readonly policies: number
  readonly does: Does
}

/** What came of it. */
export interface Kept {
  /** Bytes in use after a collection, beyond the start, of the compiled policies alone and at most while events came. */
  readonly compiled: number
  readonly most: number
  readonly perSecond: number
  readonly firings: number
}

const perFile = 200
const eventsPerSecond = 5_000
const seconds = 330
const start = 1_790_000_000_000

const actions: Readonly<Record<Does, string>> = {
  notification: `{ type: notification, channel: console, template: "{{ policy.name }}: {{ event.bid | round: 3 }}" }`,
  order:
    `{ type: order, operation: place, order: { asset: "{{ event.asset }}", side: buy, type: limit, price: "{{ event.ask + 0.01 }}", size: 10 } }`,
  webhook:
    `{ type: webhook, url: "https://example.com/{{ policy.id }}", headers: { X-Source: "a" }, body: { asset: "{{ event.asset }}", price: "{{ event.bid }}" } }`
}

const aggregations = ["change_pct", "avg", "max", "min", "stddev", "zscore", "first", "sum"]

const policyOf = (index: number, does: Does): string =>
  `  - { id: p${index}, cooldown: 10m, conditions: { field: bid, operator: ">", value: ${2_000_000 + index}, asset: "${
    assets[index % assets.length]
  }", window: { duration: 5m, aggregation: ${
    aggregations[Math.floor(index / assets.length) % aggregations.length]
  } } }, actions: [${actions[does]}] }`

const collect = (): number => {
  setFlagsFromString("--expose-gc")
  const gc = runInNewContext("gc") as () => void
  gc()
  gc()
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

serve(async ({ does, policies }: Asked): Promise<Kept> => {
  const before = collect()
  const compile = () => {
    const sources = Array.from({ length: Math.ceil(policies / perFile) }, (_, file) => ({
      file: `bench-${file}.yaml`,
      text: `policies:\n${
        Array.from({ length: Math.min(perFile, policies - file * perFile) }, (_, at) =>
          policyOf(file * perFile + at, does)).join("\n")
      }\n`
    }))
    return Result.getOrThrow(Load.compileAll(sources, { defaultSlippage: undefined, validFor: 2_000 }))
  }
  const evaluator = new Evaluator(compile(), 1_000_000)
  const compiled = collect() - before
  const random = scrambled(9)
  let most = compiled
  let firings = 0
  let took = 0
  let id = 0
  for (let second = 0; second < seconds; second++) {
    const began = performance.now()
    for (let at = 0; at < eventsPerSecond; at++) {
      const receivedAt = start + second * 1_000 + Math.floor(at / 5)
      firings += evaluator.take(priceOf(++id, random(assets.length), 300 + random(400), receivedAt)).length
    }
    const receivedAt = start + (second + 1) * 1_000
    const tick = { _tag: "Tick", id: ++id, time: receivedAt, receivedAt, source: "engine" } as unknown as MarketEvent
    firings += evaluator.take(tick).length
    took += performance.now() - began
    if (second % 60 === 59 || second === seconds - 1) most = Math.max(most, collect() - before)
  }
  return { compiled, most, perSecond: id / took * 1_000, firings }
})
