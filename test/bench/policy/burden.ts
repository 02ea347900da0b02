/** What an event costs 200 policies, the slowest pattern and the longest window among them, in CPU time, in delay, and in memory for windows. */
import { Result } from "effect"
import type { MarketEvent } from "../../../src/engine/MarketEvent.ts"
import { Evaluator } from "../../../src/engine/policy/Evaluate.ts"
import * as Load from "../../../src/engine/policy/Load.ts"
import { scrambled } from "../../suites/scrambled.ts"
import { serve } from "../Process.ts"
import { assets, priceOf } from "./Rules.ts"

/** What is asked. */
export interface Burdened {
  readonly seconds: number
}

/** What came of it. */
export interface Burden {
  /** Micros of CPU time per event. */
  readonly cpuMicros: number
  /** ms of the thread's own time, which other programs do not count to. */
  readonly p999: number
  /** Bytes. */
  readonly windows: number
}

const eventsPerSecond = 5_000
const start = 1_790_000_000_000

const conditions = (index: number): string => {
  const of = `asset: "${assets[index % 100]}"`
  switch (index % 8) {
    case 0:
      return `{ field: feed, operator: matches, value: "(?i)[\\\\pL\\\\pN]{100}$" }`
    case 1:
      return `{ field: bid, operator: ">", value: 2, ${of}, window: { duration: 31d, aggregation: zscore } }`
    case 2:
      return `{ field: bid, operator: ">", value: 99, window: { duration: 5m, aggregation: change_pct } }`
    case 3:
      return `{ field: bid, operator: crosses_above, value: 0.5, ${of} }`
    case 4:
      return `{ all: [{ field: bid, operator: ">", value: 0.69, ${of} }, { field: ask, operator: "<", value: 0.2, ${of} }] }`
    case 5:
      return `{ expression: "ask('${assets[index % 100]}') + ask('${assets[(index + 1) % 100]}') < 0.1" }`
    case 6:
      return `{ field: spread, operator: "<", value: 0.005 }`
    default:
      return `{ field: bid, operator: ">", value: "{{ event.ask * 1.1 }}", ${of} }`
  }
}

/** ms that this thread has worked. */
const ownTime = (): number => {
  const { system, user } = process.threadCpuUsage()
  return (user + system) / 1_000
}

serve(async ({ seconds }: Burdened): Promise<Burden> => {
  const text = `policies:\n${
    Array.from({ length: 200 }, (_, index) =>
      `  - { id: p${index}, cooldown: 1m, conditions: ${
        conditions(index)
      }, actions: [{ type: notification, channel: console, template: x }] }`).join("\n")
  }\n`
  const policies = Result.getOrThrowWith(
    Load.compileAll([{ file: "burden.yaml", text }], { defaultSlippage: undefined, validFor: 2_000 }),
    (problems) => new Error(problems.map(String).join("\n"))
  )
  const evaluator = new Evaluator(policies, 1_000_000)
  const random = scrambled(9)
  const times = new Float64Array(seconds * eventsPerSecond)
  let id = 0
  let from = process.cpuUsage()
  let measured = 0
  for (let second = 0; second < seconds; second++) {
    // What is compiled for the first times is not what events cost.
    if (second === Math.floor(seconds / 5)) {
      from = process.cpuUsage()
      measured = 0
    }
    for (let at = 0; at < eventsPerSecond; at++) {
      const receivedAt = start + second * 1_000 + Math.floor(at / 5)
      const asset = random(100)
      const event = at % 100 === 99
        ? {
          _tag: "FeedStatus",
          id: ++id,
          time: receivedAt,
          receivedAt,
          source: "clob",
          kind: "live",
          assetId: assets[asset]
        } as unknown as MarketEvent
        : priceOf(++id, asset, 300 + random(400), receivedAt)
      const began = ownTime()
      evaluator.take(event)
      times[measured++] = ownTime() - began
    }
    const receivedAt = start + (second + 1) * 1_000
    evaluator.take(
      {
        _tag: "Tick",
        id: ++id,
        time: receivedAt,
        receivedAt,
        source: "clock",
        kind: "clock",
        name: "second"
      } as unknown as MarketEvent
    )
  }
  const used = process.cpuUsage(from)
  const sorted = times.subarray(0, measured).toSorted()
  return {
    cpuMicros: (used.user + used.system) / measured,
    p999: sorted[Math.floor(measured * 0.999)] as number,
    windows: process.memoryUsage().arrayBuffers
  }
})
