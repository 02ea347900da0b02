/**
 * A venue that plays a recording once, for everybody: the first subscription starts it, later subscribers get a dump of
 * the books as they are by then. Books are served with the frames' own hashes and timestamps. A change that several
 * frames tell is in the books as soon as its first frame goes out, as at the venue.
 */
import { parse as parseMicro, unit } from "../domain/Micro.ts"
import { type BookSummary, hashOf } from "./BookSummary.ts"
import { type BookSide, ladderPriceOf, type Level } from "./exchange/BookOrder.ts"
import type { DepthSource } from "./exchange/Depth.ts"
import type { Frame } from "./Frame.ts"
import type { MarketNow } from "./GammaMarket.ts"
import type { OrderDesk } from "./OrderDesk.ts"
import type { Group, RecordedMarket, Recording, TextLevel } from "./Recording.ts"
import type { Facts, MarketFacts } from "./Sidecar.ts"
import type { Venue, VenueMarket } from "./Venue.ts"

/** A venue with a play head. */
export interface RecordedVenue extends Venue {
  /** Frames that go out by then, ms since playback began at recorded speed; none before it began. */
  readonly advance: (elapsed: number) => ReadonlyArray<Frame>
  /** True once somebody has subscribed to one of the recording's tokens. */
  readonly started: () => boolean
}

interface AssetState {
  readonly market: MarketState
  bids: Map<string, string>
  asks: Map<string, string>
  timestamp: string
  hash: string
  summary: BookSummary | undefined
  /** False until a whole book was seen. */
  known: boolean
}

interface MarketState {
  readonly recorded: RecordedMarket
  readonly facts: MarketFacts
  tickSize: string
  lastTradePrice: string
}

/** Loads a recording; orders for its markets are taken by `desk`, if one is given; `now` in ms UTC. */
export const make = (recording: Recording, facts: Facts, now: () => number, desk?: OrderDesk): RecordedVenue => {
  const { frames } = recording
  const markets = new Map<string, MarketState>()
  const assets = new Map<string, AssetState>()
  let position = 0
  let begun = false

  const reset = () => {
    for (const [conditionId, recorded] of recording.markets) {
      const known = facts.markets.get(conditionId) as MarketFacts
      const market: MarketState = { recorded, facts: known, tickSize: known.tickSize, lastTradePrice: "" }
      markets.set(conditionId, market)
      for (const assetId of recorded.assetIds) {
        const empty = { bids: new Map(), asks: new Map(), timestamp: "0", hash: "", summary: undefined, known: false }
        assets.set(assetId, { market, ...empty })
      }
    }
  }

  const play = (index: number, only?: ReadonlySet<AssetState>): void => {
    const { groups, notes } = frames[index] as typeof frames[number]
    for (const note of notes) {
      const market = markets.get(note.market)
      if (market === undefined || only !== undefined) continue
      if (note.tickSize !== undefined) market.tickSize = note.tickSize
      if (note.lastTradePrice !== undefined) market.lastTradePrice = note.lastTradePrice
      for (const assetId of market.recorded.assetIds) (assets.get(assetId) as AssetState).summary = undefined
    }
    for (const group of groups) {
      const asset = assets.get(group.assetId)
      if (asset !== undefined && only?.has(asset) !== false) apply(asset, group)
    }
  }

  /** Before playback: the first whole book of each token. */
  const preview = () => {
    for (let index = 0; index < frames.length; index++) {
      const firsts = (frames[index] as typeof frames[number]).groups
        .filter((group) => group.updates[0]?.kind === "book")
        .map((group) => assets.get(group.assetId) as AssetState)
        .filter((asset) => !asset.known)
      if (firsts.length > 0) play(index, new Set(firsts))
    }
    for (const note of frames.flatMap((frame) => frame.notes).toReversed()) {
      const market = markets.get(note.market)
      if (market === undefined) continue
      if (note.tickSize !== undefined) market.tickSize = note.tickSize
      if (note.lastTradePrice !== undefined) market.lastTradePrice = note.lastTradePrice
    }
  }

  const lineNow = () => frames[Math.max(0, position - 1)]?.line ?? 0

  const bookOf = (assetId: string): BookSummary | undefined => {
    const asset = assets.get(assetId)
    if (asset === undefined || !asset.known) return undefined
    return asset.summary ??= summarise(assetId, asset, lineNow(), position)
  }

  const view = (market: MarketState): VenueMarket => {
    const { facts: known } = market
    const state = stateOf(market, assets.get(known.listing.assetIds[0] as string), now())
    const gamma = known.gamma(state)
    return {
      gamma,
      clob: known.clob(state),
      conditionId: known.listing.conditionId,
      assetIds: known.listing.assetIds,
      closed: gamma["closed"] === true
    }
  }

  reset()
  preview()
  for (const [conditionId, { listing, minimumSize }] of facts.markets) {
    desk?.list({
      conditionId,
      assetIds: listing.assetIds,
      outcomes: listing.outcomes,
      negativeRisk: listing.negativeRisk,
      version: listing.version,
      minimumSize: parseMicro(minimumSize),
      tickSize: () => parseMicro(markets.get(conditionId)?.tickSize ?? ""),
      fee: listing.fee,
      hold: 0,
      answersDelayed: false,
      depth: depthOf(listing.assetIds, bookOf)
    })
  }
  return {
    markets: () => [...markets.values()].map(view),
    market: (conditionId) => {
      const market = markets.get(conditionId)
      return market === undefined ? undefined : view(market)
    },
    book: bookOf,
    subscribed: (assetIds) => {
      if (position > 0) return true
      if (!begun && assetIds.some((assetId) => assets.has(assetId))) {
        begun = true
        reset()
      }
      return !begun
    },
    started: () => begun,
    advance: (elapsed) => {
      const sent: Array<Frame> = []
      if (!begun) return sent
      while (position < frames.length) {
        const next = frames[position] as typeof frames[number]
        if (next.offset > elapsed) break
        play(position)
        position++
        sent.push(next.frame)
      }
      return sent
    },
    list: () => undefined,
    resolve: () => undefined,
    stats: () => ({
      mode: "recording",
      markets: markets.size,
      frames: frames.length,
      skipped: recording.skipped,
      started: begun,
      position,
      ended: position === frames.length
    })
  }
}

const apply = (asset: AssetState, group: Group): void => {
  for (const update of group.updates) {
    if (update.kind === "book") {
      asset.bids = mapOf(update.bids)
      asset.asks = mapOf(update.asks)
      asset.known = true
    } else if (parseMicro(update.size) === 0) asset[update.side].delete(update.price)
    else asset[update.side].set(update.price, update.size)
  }
  asset.timestamp = group.timestamp
  asset.hash = group.hash
  asset.summary = undefined
}

/** The recording's levels of both tokens on the first one's ladder; of the second's book when the first's is not known. */
const depthOf = (
  assetIds: ReadonlyArray<string>,
  bookOf: (assetId: string) => BookSummary | undefined
): DepthSource => {
  const levels = new WeakMap<BookSummary, Readonly<Record<BookSide, ReadonlyArray<Level>>>>()
  return (side) => {
    const [first, second] = assetIds.map((assetId) => bookOf(assetId))
    const book = first ?? second
    if (book === undefined) return []
    let known = levels.get(book)
    if (known === undefined) {
      const read = (text: string) =>
        (JSON.parse(text) as ReadonlyArray<TextLevel>).map(({ price, size }) => ({
          price: ladderPriceOf(first === undefined ? 1 : 0, parseMicro(price)),
          size: parseMicro(size)
        })).filter(({ price, size }) => price > 0 && price < unit && size > 0).reverse()
      const [bids, asks] = [read(book.bids), read(book.asks)]
      levels.set(book, known = first === undefined ? { bids: asks, asks: bids } : { bids, asks })
    }
    return known[side]
  }
}

const mapOf = (levels: ReadonlyArray<TextLevel>): Map<string, string> =>
  new Map(levels.map(({ price, size }) => [price, size]))

const levelsText = (levels: ReadonlyMap<string, string>, direction: 1 | -1): string => {
  const sorted = [...levels].sort(([a], [b]) => direction * (parseMicro(a) - parseMicro(b)))
  return `[${sorted.map(([price, size]) => `{"price":"${price}","size":"${size}"}`).join(",")}]`
}

/** The book as served: the last trade price is the one with which the frame's hash holds, when there is one. */
const summarise = (assetId: string, asset: AssetState, line: number, position: number): BookSummary => {
  const { market } = asset
  const book: BookSummary = {
    market: market.recorded.conditionId,
    assetId,
    timestamp: asset.timestamp,
    hash: asset.hash,
    bids: levelsText(asset.bids, 1),
    asks: levelsText(asset.asks, -1),
    minimumSize: market.facts.minimumSize,
    tickSize: market.tickSize,
    negativeRisk: market.facts.listing.negativeRisk,
    lastTradePrice: market.lastTradePrice,
    version: market.facts.listing.version
  }
  for (const lastTradePrice of candidates(market, line, position)) {
    const tried = { ...book, lastTradePrice }
    if (hashOf(tried) !== book.hash) continue
    market.lastTradePrice = lastTradePrice
    return tried
  }
  return book
}

/** What the last trade price may be: as before, as the sidecar says, of trades near by, then any of three decimals. */
function* candidates(market: MarketState, line: number, position: number): Iterable<string> {
  yield market.lastTradePrice
  for (const { fromLine, value } of market.facts.lastTradePrices.toReversed()) if (fromLine <= line) yield value
  const { trades } = market.recorded
  const after = trades.findIndex((trade) => trade.frameIndex >= position)
  const middle = after < 0 ? trades.length : after
  for (const { price } of trades.slice(Math.max(0, middle - 5), middle + 5).toReversed()) {
    yield Number(price).toFixed(3)
    yield (1 - Number(price)).toFixed(3)
  }
  yield ""
  if (trades.length > 0) {
    for (let thousandths = 1; thousandths < 1000; thousandths++) yield (thousandths / 1000).toFixed(3)
  }
}

const stateOf = (market: MarketState, first: AssetState | undefined, now: number): MarketNow => {
  const bids = first === undefined ? [] : [...first.bids.keys()].map(parseMicro)
  const asks = first === undefined ? [] : [...first.asks.keys()].map(parseMicro)
  return {
    tickSize: parseMicro(market.tickSize),
    bestBid: Math.max(0, ...bids),
    bestAsk: Math.min(unit, ...asks),
    lastTradePrice: market.lastTradePrice === "" ? undefined : Math.round(Number(market.lastTradePrice) * unit),
    volume24h: market.facts.listing.volume24h,
    resolvedTo: undefined,
    now
  }
}
