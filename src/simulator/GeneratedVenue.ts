/** A venue whose books come from the seeded generator. */
import { unit } from "../domain/Micro.ts"
import type { FlowMarket } from "./FlowMarket.ts"
import { clobMarket, gammaMarket, type MarketNow } from "./GammaMarket.ts"
import type { Generator } from "./Generator.ts"
import type { Venue, VenueMarket } from "./Venue.ts"

/** Serves a generator's markets; `now` in ms UTC. */
export const make = (generator: Generator, now: () => number): Venue => {
  const byAsset = new Map<string, { readonly market: FlowMarket; readonly outcome: 0 | 1 }>()
  const byCondition = new Map<string, FlowMarket>()
  const index = (market: FlowMarket) => {
    byCondition.set(market.listing.conditionId, market)
    byAsset.set(market.listing.assetIds[0] as string, { market, outcome: 0 })
    byAsset.set(market.listing.assetIds[1] as string, { market, outcome: 1 })
  }
  let indexed = 0
  /** Takes in the markets that were listed since. */
  const look = () => {
    for (; indexed < generator.markets.length; indexed++) index(generator.markets[indexed] as FlowMarket)
  }
  look()

  const view = (market: FlowMarket): VenueMarket => {
    const state = stateOf(market, now())
    return {
      gamma: gammaMarket(market.listing, state),
      clob: clobMarket(market.listing, state),
      conditionId: market.listing.conditionId,
      assetIds: market.listing.assetIds,
      closed: market.resolvedTo !== undefined
    }
  }

  return {
    markets: () => generator.markets.map(view),
    market: (conditionId) => {
      look()
      const market = byCondition.get(conditionId)
      return market === undefined ? undefined : view(market)
    },
    book: (assetId) => {
      look()
      const found = byAsset.get(assetId)
      return found === undefined || found.market.resolvedTo !== undefined
        ? undefined
        : found.market.book.summaries()[found.outcome]
    },
    subscribed: () => true,
    // What tells it goes out with the flow's next frames.
    list: (at) => {
      const { listing } = generator.list(at)
      return { conditionId: listing.conditionId, frames: [] }
    },
    resolve: (conditionId, outcome, at) => {
      look()
      const market = byCondition.get(conditionId)
      if (market === undefined) return undefined
      generator.resolve(market, outcome, at)
      return { conditionId, frames: [] }
    },
    stats: () => ({ mode: "generated", markets: generator.markets.length })
  }
}

const stateOf = (market: FlowMarket, now: number): MarketNow => {
  const { book, listing } = market
  return {
    tickSize: book.tickSize,
    bestBid: book.best("bids"),
    bestAsk: book.best("asks"),
    lastTradePrice: book.lastTradePrice === "" ? undefined : Math.round(Number(book.lastTradePrice) * unit),
    volume24h: listing.volume24h + market.traded,
    resolvedTo: market.resolvedTo,
    now
  }
}
