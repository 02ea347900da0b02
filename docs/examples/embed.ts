/**
 * The engine inside another Effect program: a source, a policy and a notifier of one's own; everything else is the engine's.
 * Run it with `npx tsx docs/examples/embed.ts`. It prints one line when the policy fires and one for the paper order.
 */
import { Console, Effect, Layer, Result, Stream } from "effect"
import {
  App,
  AssetId,
  ConditionId,
  DefinePolicy,
  Engine,
  MarketEvent,
  Micro,
  Notifier,
  Policies,
  PolicyFiles,
  Portfolio,
  Price,
  Settings,
  Size
} from "../../src/index.ts"
import type { Ingestor } from "../../src/index.ts"

const market = ConditionId.make(`0x${"1".repeat(64)}`)
const yes = AssetId.make("1001")
const no = AssetId.make("1002")
const cents = (n: number) => Price.make(n * 10_000)
const shares = (n: number) => Size.make(n * Micro.unit)

const head = { id: MarketEvent.unstamped, time: 0, receivedAt: 0, source: "example" }

/** A source of one's own: a market, and a book whose ask falls. */
const source: Ingestor = {
  name: "example",
  batches: Stream.fromIterable([60, 55, 45]).pipe(
    Stream.map((ask) => ({
      arrivedAt: performance.now(),
      events: [
        {
          ...head,
          _tag: "MarketMetadata" as const,
          market: {
            conditionId: market,
            slug: "will-it-rain",
            question: "Will it rain?",
            outcomes: [{ name: "Yes", assetId: yes }, { name: "No", assetId: no }],
            tickSize: 10_000 as const,
            minimumSize: shares(5),
            negativeRisk: false,
            version: "v1" as const,
            status: "open" as const
          }
        },
        {
          ...head,
          _tag: "OrderBookSnapshot" as const,
          market,
          assetId: yes,
          bids: [{ price: cents(ask - 2), size: shares(100) }],
          asks: [{ price: cents(ask), size: shares(100) }]
        },
        {
          ...head,
          _tag: "PriceUpdate" as const,
          assetId: yes,
          price: Micro.format(cents(ask - 1)),
          bid: Micro.format(cents(ask - 2)),
          ask: Micro.format(cents(ask))
        }
      ]
    }))
  )
}

/** A policy of one's own, in TypeScript; texts of policy files may stand beside it in the list. */
const policies = Result.getOrThrow(PolicyFiles.compileAll([
  DefinePolicy.sourceOf("example", [
    DefinePolicy.definePolicy({
      id: "buy_the_dip",
      cooldown: "1h",
      conditions: { field: "ask", operator: "crosses_below", value: "0.50", asset: "will-it-rain:Yes" },
      actions: [
        {
          type: "notification",
          channel: "console",
          template: "{{ event.question }} {{ event.outcome }} at {{ event.ask }}"
        },
        {
          type: "order",
          operation: "place",
          order: { asset: "{{ event.asset }}", side: "buy", type: "market", price: "{{ event.ask }}", size: 10 }
        }
      ]
    })
  ])
], { defaultSlippage: undefined, validFor: 2_000 }))

/** A notifier of one's own. */
const notifier = Layer.succeed(Notifier, Notifier.of({ notify: ({ text }) => Console.log(`policy: ${text}`) }))

const program = Effect.gen(function*() {
  const engine = yield* Engine
  yield* engine.start
  yield* engine.run(source)
  yield* Effect.sleep("500 millis")
  yield* engine.stop
  const { fills, orders } = (yield* Portfolio).counts()
  yield* Console.log(`orders: ${JSON.stringify(orders)}, fills: ${fills}`)
})

const layer = App.paper.pipe(
  Layer.provide(Layer.mergeAll(App.storesInMemory, notifier, Settings.layerDefault, Layer.succeed(Policies, policies)))
)

await Effect.runPromise(program.pipe(Effect.provide(layer)))
