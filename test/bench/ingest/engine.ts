/**
 * The engine, a process of its own: the real source over real sockets, the whole of the paper engine at default settings,
 * everything archived to memory. As `run` composes it, but for Gamma, whose markets are told once at the start.
 */
import "effect/schema/SchemaJITCompiler/enable"
import { Effect, Layer, Result } from "effect"
import process from "node:process"
import * as App from "../../../src/App.ts"
import * as Http from "../../../src/client/Http.ts"
import { Clob } from "../../../src/client/polymarket/Clob.ts"
import type { AssetId } from "../../../src/domain/Asset.ts"
import type { ConditionId, Market } from "../../../src/domain/Market.ts"
import type { Size } from "../../../src/domain/Size.ts"
import { Archiver } from "../../../src/engine/Archiver.ts"
import { Dispatcher } from "../../../src/engine/Dispatcher.ts"
import { Engine } from "../../../src/engine/Engine.ts"
import * as Sources from "../../../src/engine/ingestor/All.ts"
import * as ClobMarketIngestor from "../../../src/engine/ingestor/ClobMarketIngestor.ts"
import { type MarketMetadata, unstamped } from "../../../src/engine/MarketEvent.ts"
import { Notifier } from "../../../src/engine/Notifier.ts"
import * as Load from "../../../src/engine/policy/Load.ts"
import { Policies, PolicyEngine } from "../../../src/engine/PolicyEngine.ts"
import { Settings } from "../../../src/Settings.ts"
import { serve } from "../Process.ts"
import { measure } from "./Measured.ts"
import * as Traffic from "./Traffic.ts"

const [marketCount = 0, port = 0, policyCount = 0] = process.argv.slice(2).map(Number)

const markets = Traffic.marketsOf(marketCount).map(({ conditionId, no, yes }, at): Market => ({
  conditionId: conditionId as ConditionId,
  slug: `market-${at}`,
  question: `Does market ${at} resolve to Yes?`,
  outcomes: [{ name: "Yes", assetId: yes as AssetId }, { name: "No", assetId: no as AssetId }],
  tickSize: 10_000,
  minimumSize: 5_000_000 as Size,
  negativeRisk: false,
  version: "v1",
  status: "open"
}))

/** Half thresholds, half crossings, spread over the markets; they notify, and are quiet for half a minute then. */
const policyFile = `policies:\n${
  Array.from({ length: policyCount }, (_, at) => {
    const asset = `market-${Math.floor(at * marketCount / policyCount)}:${at % 4 < 2 ? "Yes" : "No"}`
    const condition = at % 2 === 0
      ? `{ field: bid, operator: ">", value: 0.55, asset: "${asset}" }`
      : `{ field: price, operator: crosses_above, value: 0.52, asset: "${asset}" }`
    return `  - id: policy_${at}
    cooldown: 30s
    conditions: ${condition}
    actions: [{ type: notification, channel: console, template: "{{ event.outcome }} at {{ event.price }}" }]
`
  }).join("")
}`

const policies = Result.getOrThrow(
  Load.compileAll([{ file: "bench.yaml", text: policyFile }], { defaultSlippage: undefined, validFor: 2_000 })
)

const layer = App.paper.pipe(Layer.provideMerge(Layer.mergeAll(
  App.storesInMemory,
  Layer.succeed(Notifier, Notifier.of({ notify: () => Effect.void })),
  Settings.layerDefault,
  Layer.succeed(Policies, policies),
  Clob.layer(`http://127.0.0.1:${port}`).pipe(Layer.provide(Http.layerTransport))
)))

const program = Effect.gen(function*() {
  const engine = yield* Engine
  const dispatcher = yield* Dispatcher
  const archiver = yield* Archiver
  const policyEngine = yield* PolicyEngine
  yield* engine.start
  for (const timer of yield* Sources.timers({ cron: {} })) yield* engine.run(timer)
  const metadata = markets.map((market): MarketMetadata => ({
    _tag: "MarketMetadata",
    id: unstamped,
    time: 0,
    receivedAt: 0,
    source: "gamma",
    market
  }))
  dispatcher.publish({ events: metadata, arrivedAt: performance.now() })
  const clob = yield* ClobMarketIngestor.make({ url: `ws://127.0.0.1:${port}`, markets, verifyBooks: false })
  yield* engine.run(clob)
  while ((dispatcher.events()["OrderBookSnapshot"] ?? 0) < 2 * marketCount) yield* Effect.sleep(20)

  const check = Effect.gen(function*() {
    const { checked, duplicates, foreign, gaps, mismatched, stale } = clob.books()
    const { malformed, reconnects, unknownTypes } = clob.stats()
    const bad = { mismatched, foreign, gaps, stale, duplicates, malformed, reconnects, unknownTypes }
    const consumers = Object.entries(dispatcher.counts())
    const lost = consumers.filter(([, { conflated, dropped }]) => conflated + dropped > 0)
    const firings = Object.values(policyEngine.firings()).reduce((sum, count) => sum + count, 0)
    const { shed, spilled } = yield* archiver.stats
    const isGood = Object.values({ ...bad, shed, spilled }).every((count) => count === 0) && lost.length === 0 &&
      checked > 0 && firings > 0
    const what = JSON.stringify({ ...bad, checked, firings, shed, spilled, lost, events: dispatcher.events() })
    if (process.env["BENCH_VERBOSE"] === "1") process.stderr.write(`engine: ${what}\n`)
    if (!isGood) return yield* Effect.die(new Error(`the engine did not do its work: ${what}`))
  })

  serve(measure({
    trades: () => dispatcher.events()["Trade"] ?? 0,
    reset: () => dispatcher.latency.histogram.reset(),
    quantile: (share) => dispatcher.latency.histogram.quantile(share),
    check: () => Effect.runPromise(check)
  }))
  return yield* engine.watch
})

Effect.runFork(program.pipe(Effect.scoped, Effect.provide(layer), Effect.orDie))
