/** The source "prices": symbols such as BTC, from PolyBolt and from RTDS (Chainlink and Binance), as far as they are wanted. */
import { Effect, Stream } from "effect"
import type { Scope } from "effect"
import type { JsonItem } from "../../client/JsonFeed.ts"
import * as PolyBolt from "../../client/polymarket/PolyBolt.ts"
import * as Rtds from "../../client/polymarket/Rtds.ts"
import type { PolyBoltFrame } from "../../client/polymarket/rtds/PolyBoltSchema.ts"
import type { RtdsFrame } from "../../client/polymarket/rtds/RtdsSchema.ts"
import * as SteadyClock from "../../client/SteadyClock.ts"
import type { AssetId } from "../../domain/Asset.ts"
import * as Decimal from "../../domain/Decimal.ts"
import { priceSources } from "../../domain/PriceSource.ts"
import type { Batch, Ingestor } from "../Ingestor.ts"
import { type FeedStatus, type MarketEvent, unstamped } from "../MarketEvent.ts"
import * as PricePicker from "./PricePicker.ts"

/** As the sources appear in events. */
const [polybolt, chainlink, binance] = priceSources

/** Digits after the point in Chainlink's exact values, which come as whole numbers. */
const chainlinkScale = 18

/** Such a value, of a length that reads at once. */
const wholeNumber = /^-?\d{1,64}$/

/** "btcusd", "btc/usd" or "btcusdt" is BTC. */
export const symbolOf = (written: string): AssetId => written.replace(/\/?usdt?$/i, "").toUpperCase() as AssetId

/** What a frame of PolyBolt says of a price now; its snapshots are history and say nothing. */
export const saidByPolyBolt = (frame: PolyBoltFrame): PricePicker.Said | undefined => {
  if (
    !("payload" in frame) || "data" in frame.payload || frame.payload.symbol === undefined ||
    frame.payload.symbol === null
  ) return undefined
  const { full_accuracy_value, symbol, timestamp, value } = frame.payload
  const price = (full_accuracy_value && Decimal.fromText(full_accuracy_value)) || Decimal.fromNumber(value)
  return price === undefined ? undefined : { source: polybolt, assetId: symbolOf(symbol), price, time: timestamp }
}

/** What a frame of RTDS says of a price now. */
export const saidByRtds = (frame: RtdsFrame): PricePicker.Said | undefined => {
  if (frame.type !== "update" || !("value" in frame.payload)) return undefined
  const { full_accuracy_value, symbol, timestamp, value } = frame.payload
  const isChainlink = frame.topic === "crypto_prices_chainlink"
  const exact = isChainlink && full_accuracy_value && wholeNumber.test(full_accuracy_value)
    ? Decimal.fromScaled(BigInt(full_accuracy_value), chainlinkScale)
    : undefined
  const price = exact ?? Decimal.fromNumber(value)
  return price === undefined
    ? undefined
    : { source: isChainlink ? chainlink : binance, assetId: symbolOf(symbol), price, time: timestamp }
}

const status = (feed: string, kind: "connected" | "disconnected", detail: string): FeedStatus => ({
  _tag: "FeedStatus",
  id: unstamped,
  time: 0,
  receivedAt: 0,
  source: feed,
  feed,
  kind,
  detail
})

/** Makes the source; feeds without an address are left out. */
export const make = (options: {
  readonly symbols: ReadonlyArray<string>
  /** The sources to follow, best first; others that it does not know are nobody's concern here. */
  readonly primary: ReadonlyArray<string>
  readonly polybolt: string | undefined
  readonly rtds: string | undefined
}): Effect.Effect<Ingestor, never, Scope.Scope> =>
  Effect.gen(function*() {
    const now = yield* SteadyClock.make
    const picker = PricePicker.make(options.primary)
    const wanted = (...sources: ReadonlyArray<string>) => sources.filter((source) => options.primary.includes(source))
    const symbols = options.symbols.map((symbol) => symbol.toLowerCase())

    /** The batches of a feed's items. */
    const batches = <A>(
      items: Stream.Stream<JsonItem<A>>,
      feeds: ReadonlyArray<string>,
      said: (message: A) => PricePicker.Said | undefined
    ): Stream.Stream<Batch> =>
      items.pipe(
        Stream.map((item): Batch => {
          const arrivedAt = item.kind === "message" ? item.arrivedAt : performance.now()
          let events: ReadonlyArray<MarketEvent> = []
          if (item.kind === "opened") events = feeds.map((feed) => status(feed, "connected", "connected"))
          else if (item.kind === "closed") events = feeds.map((feed) => status(feed, "disconnected", item.reason))
          else {
            const one = said(item.message)
            if (one !== undefined) events = PricePicker.take(picker, one, now())
          }
          return { events, arrivedAt }
        }),
        Stream.filter((batch) => batch.events.length > 0)
      )

    const streams: Array<Stream.Stream<Batch>> = []
    if (options.polybolt !== undefined && wanted(polybolt).length > 0) {
      const feed = yield* PolyBolt.make({
        url: options.polybolt,
        subscriptions: symbols.map((symbol) => PolyBolt.crypto(`${symbol}usd`))
      })
      streams.push(batches(feed.items, [polybolt], saidByPolyBolt))
    }
    const ofRtds = wanted(chainlink, binance)
    if (options.rtds !== undefined && ofRtds.length > 0) {
      const feed = yield* Rtds.make({
        url: options.rtds,
        subscriptions: [
          ...(ofRtds.includes(chainlink) ? symbols.map((symbol) => Rtds.chainlink(`${symbol}/usd`)) : []),
          ...(ofRtds.includes(binance) ? [Rtds.binance(symbols.map((symbol) => `${symbol}usdt`))] : [])
        ]
      })
      streams.push(batches(feed.items, ofRtds, saidByRtds))
    }
    return { name: "prices", batches: Stream.mergeAll(streams, { concurrency: "unbounded" }) }
  })
