/** Rows of the Data API as v2 (snake_case) and v1 (camelCase) write them, from trades and holdings. Numbers are JSON numbers. */
import { unit } from "../domain/Micro.ts"
import { eventOf, events } from "./Catalogue.ts"
import type { Fill } from "./exchange/DeskOrder.ts"
import { middleOf } from "./PriceApi.ts"
import type { Venue, VenueMarket } from "./Venue.ts"
import { averagePrice, type Holding, type Wallets } from "./Wallets.ts"

type Row = Readonly<Record<string, unknown>>

/** What a trade or a position is about. Sizes and prices in whole shares and pUSD. */
export interface Facts {
  readonly wallet: string
  readonly market: string
  readonly token: string
  readonly outcome: string
  readonly outcomeIndex: number
  readonly title: string
  readonly slug: string
  readonly eventSlug: string
  readonly side: "BUY" | "SELL"
  readonly size: number
  readonly price: number
  /** Unix s. */
  readonly timestamp: number
  readonly transactionHash: string
}

const cents = (value: number): number => Math.round(value * 1e6) / 1e6

/** Makes the rows of a venue and its wallets. */
export const makeRows = ({ venue, wallets }: { readonly venue: Venue; readonly wallets: Wallets }) => {
  const about = (market: VenueMarket | undefined, token: string) => {
    const tokens = (market?.clob["t"] ?? []) as ReadonlyArray<{ readonly t: string; readonly o: string }>
    const outcomeIndex = tokens.findIndex(({ t }) => t === token)
    return {
      market: market?.conditionId ?? "",
      token,
      outcome: tokens[outcomeIndex]?.o ?? "",
      outcomeIndex,
      title: String(market?.gamma["question"] ?? ""),
      slug: String(market?.gamma["slug"] ?? ""),
      eventSlug: market === undefined ? "" : eventOf(venue, market.conditionId)?.slug ?? ""
    }
  }

  const facts = ({ assetId, price, side, size, trade, wallet }: Fill): Facts => ({
    ...about(venue.market(trade.market), assetId),
    wallet,
    side,
    size: size / unit,
    price: price / unit,
    timestamp: Math.floor(trade.at / 1_000),
    transactionHash: trade.transactionHash
  })

  const holdingRow = (holding: Holding, price: number): Row => {
    const average = averagePrice(holding) / unit
    const size = holding.size / unit
    return {
      size: cents(size),
      avg_price: cents(average),
      initial_value: cents(size * average),
      current_value: cents(size * price),
      cash_pnl: cents(size * (price - average)),
      percent_pnl: average === 0 ? 0 : cents((price / average - 1) * 100),
      total_bought: cents(holding.boughtSize / unit),
      realized_pnl: cents(holding.realized / unit),
      cur_price: price
    }
  }

  /** Every outcome a wallet ever held. */
  const positions = (wallet: string): ReadonlyArray<Facts & { readonly holding: Row }> =>
    [...wallets.holdings(wallet)].map(([token, holding]) => {
      const book = venue.book(token)
      const price = book === undefined ? 0 : middleOf(book) / unit
      return {
        ...about(venue.markets().find(({ assetIds }) => assetIds.includes(token)), token),
        wallet,
        side: "BUY" as const,
        size: holding.size / unit,
        price,
        timestamp: 0,
        transactionHash: "",
        holding: holdingRow(holding, price)
      }
    })

  const aboutV2 = (one: Facts) => ({
    proxy_wallet: one.wallet,
    condition_id: one.market,
    token_id: one.token,
    title: one.title,
    slug: one.slug,
    event_slug: one.eventSlug,
    outcome: one.outcome,
    outcome_index: one.outcomeIndex
  })
  const aboutV1 = (one: Facts) => ({
    proxyWallet: one.wallet,
    asset: one.token,
    conditionId: one.market,
    title: one.title,
    slug: one.slug,
    eventSlug: one.eventSlug,
    outcome: one.outcome,
    outcomeIndex: one.outcomeIndex
  })

  const traded = ({ price, side, size, timestamp }: Facts) => ({ side, size, price, timestamp })

  const tradeV2 = (one: Facts) => ({ ...aboutV2(one), ...traded(one), transaction_hash: one.transactionHash })

  const tradeV1 = (one: Facts) => ({ ...aboutV1(one), ...traded(one), transactionHash: one.transactionHash })

  return {
    facts,
    positions,
    tradeV2,
    activityV2: (one: Facts) => ({ ...tradeV2(one), type: "TRADE", usdc_size: cents(one.size * one.price) }),
    positionV2: (one: Facts & { readonly holding: Row }) => ({
      ...aboutV2(one),
      ...one.holding,
      status: one.size > 0 ? "OPEN" : "CLOSED",
      redeemable: false,
      mergeable: false,
      negative_risk: false
    }),
    tradeV1,
    activityV1: (one: Facts) => ({ ...tradeV1(one), type: "TRADE", usdcSize: cents(one.size * one.price) }),
    positionV1: (one: Facts & { readonly holding: Row }) => ({
      ...aboutV1(one),
      size: one.holding["size"],
      avgPrice: one.holding["avg_price"],
      initialValue: one.holding["initial_value"],
      currentValue: one.holding["current_value"],
      cashPnl: one.holding["cash_pnl"],
      percentPnl: one.holding["percent_pnl"],
      totalBought: one.holding["total_bought"],
      realizedPnl: one.holding["realized_pnl"],
      curPrice: one.holding["cur_price"],
      redeemable: false,
      mergeable: false,
      negativeRisk: false
    }),
    resolution: ({ closed, conditionId, gamma }: VenueMarket) => ({
      condition_id: conditionId,
      question_id: gamma["questionID"] ?? null,
      status: closed ? "resolved" : "active",
      payouts: closed
        ? (JSON.parse(String(gamma["outcomePrices"])) as ReadonlyArray<string>).map((price) => Number(price) * unit)
        : [],
      reporter: "SIMULATOR",
      was_disputed: false,
      log_index: "0"
    }),
    eventVolume: (id: string): number => Number(events(venue).find((event) => event.id === id)?.["volume"] ?? 0)
  }
}
