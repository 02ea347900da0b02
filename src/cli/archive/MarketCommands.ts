/** `archive candles|trades|prices|book`: what a market did. */
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import process from "node:process"
import { CandleUnit, Queries } from "../../engine/Queries.ts"
import * as ArchiveClient from "../ArchiveClient.ts"
import { asking, find, name, outcome, output, print, span, spanOf, timeOf, titleOf } from "./Asking.ts"
import { chart } from "./CandleChart.ts"

/** Open, high, low, close. */
export const candles = Command.make(
  "candles",
  {
    name,
    outcome,
    unit: Flag.Literals("unit", CandleUnit.literals).pipe(
      Flag.withDescription("Length of a candle"),
      Flag.withDefault("1m")
    ),
    chart: Flag.Boolean("chart").pipe(Flag.withDescription("Draw them"), Flag.withDefault(false)),
    ...span("2h")
  },
  Effect.fn(function*(given) {
    const range = yield* spanOf(given)
    const { asset, rows } = yield* asking(
      given,
      Effect.gen(function*() {
        const asset = yield* find(given.name, given.outcome)
        return { asset, rows: yield* (yield* Queries).candles(asset.assetId, given.unit, range) }
      })
    )
    if (!given.chart) return yield* print(given, rows)
    yield* Console.log(
      rows.length === 0
        ? "nothing found"
        : `${titleOf(asset)}, ${given.unit}\n${chart(rows, process.stdout.columns ?? 120)}`
    )
  }, Effect.scoped)
).pipe(
  Command.withDescription("Shows open, high, low, close and volume per minute, hour or day, as a table or a chart."),
  Command.withExamples([{ command: "archive candles will-it-rain --unit 1h --from 2d --chart" }])
)

/** Trades. */
export const trades = Command.make(
  "trades",
  { name, outcome, ...span("1d") },
  Effect.fn(function*(given) {
    const range = yield* spanOf(given)
    const rows = yield* asking(
      given,
      Effect.gen(function*() {
        const { assetId } = yield* find(given.name, given.outcome)
        return yield* (yield* Queries).trades(assetId, range)
      })
    )
    yield* print(given, rows)
  }, Effect.scoped)
).pipe(
  Command.withDescription("Shows the trades of an asset that were told while the engine ran."),
  Command.withExamples([{ command: "archive trades will-it-rain --outcome No --from 6h" }])
)

/** Prices. */
export const prices = Command.make(
  "prices",
  { name, outcome, ...span("1h") },
  Effect.fn(function*(given) {
    const range = yield* spanOf(given)
    const rows = yield* asking(
      given,
      Effect.gen(function*() {
        const { assetId } = yield* find(given.name, given.outcome)
        return yield* (yield* Queries).prices(assetId, range)
      })
    )
    yield* print(given, rows)
  }, Effect.scoped)
).pipe(
  Command.withDescription("Shows every price of an asset with bid and ask."),
  Command.withExamples([{ command: "archive prices BTC --from 10m --csv" }])
)

/** A book as it was. */
export const book = Command.make(
  "book",
  {
    name,
    outcome,
    at: Flag.String("at").pipe(
      Flag.withDescription("When: a time (UTC), or how long ago; default now"),
      Flag.withDefault("now")
    ),
    ...output,
    ...ArchiveClient.flags
  },
  Effect.fn(function*(given) {
    const at = yield* timeOf(given.at)
    const found = yield* asking(
      given,
      Effect.gen(function*() {
        const { assetId } = yield* find(given.name, given.outcome)
        return yield* (yield* Queries).book(assetId, at)
      })
    )
    if (found === undefined) return yield* Console.log(given.json ? "null" : "no book was stored before that time")
    if (given.json) return yield* Console.log(JSON.stringify(found))
    const depth = Math.max(found.bids.length, found.asks.length)
    yield* print(
      given,
      Array.from({ length: depth }, (_, index) => ({
        bidSize: found.bids[index]?.[1],
        bid: found.bids[index]?.[0],
        ask: found.asks[index]?.[0],
        askSize: found.asks[index]?.[1]
      }))
    )
    if (!found.usable) yield* Console.error("changes may be missing: the feed had a gap before that time")
  }, Effect.scoped)
).pipe(
  Command.withDescription("Shows an order book as the engine knew it at a time, rebuilt from what was stored."),
  Command.withExamples([{ command: "archive book will-it-rain --at 2026-11-25T12:30Z" }])
)
