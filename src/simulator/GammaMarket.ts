/**
 * Market objects as Gamma and the CLOB write them: JSON arrays inside strings, numbers twice over, legacy base fees.
 * @see https://docs.polymarket.com/api-reference/markets/list-markets
 */
import { unit } from "../domain/Micro.ts"
import type { Listing } from "./Listing.ts"

/** The numbers of a market that move; prices of the first outcome, in millionths. */
export interface MarketNow {
  readonly tickSize: number
  readonly bestBid: number
  readonly bestAsk: number
  /** `undefined` before the first trade. */
  readonly lastTradePrice: number | undefined
  /** pUSD of the last 24 hours. */
  readonly volume24h: number
  /** Index of the outcome that won; `undefined` while the market trades. */
  readonly resolvedTo: number | undefined
  /** ms UTC. */
  readonly now: number
}

const iso = (ms: number): string => new Date(ms).toISOString()

const isoSeconds = (ms: number): string => `${iso(ms).slice(0, 19)}Z`

/** The object of `/markets`. */
export const gammaMarket = (listing: Listing, state: MarketNow): Readonly<Record<string, unknown>> => {
  const closed = state.resolvedTo !== undefined
  const middle = Math.round((state.bestBid + state.bestAsk) / 2)
  const prices = state.resolvedTo === undefined
    ? [middle, unit - middle]
    : [state.resolvedTo === 0 ? unit : 0, state.resolvedTo === 0 ? 0 : unit]
  const volume = Math.round(state.volume24h * 1e6) / 1e6
  const v2 = listing.version === "v2"
  return {
    id: listing.id,
    question: listing.question,
    conditionId: v2 ? listing.conditionId.slice(0, 64) : listing.conditionId,
    slug: listing.slug,
    resolutionSource: "",
    endDate: isoSeconds(listing.endsAt),
    liquidity: String(listing.liquidity),
    startDate: iso(listing.startsAt),
    description: listing.description,
    outcomes: JSON.stringify(listing.outcomes).replaceAll(",", ", "),
    outcomePrices: JSON.stringify(prices.slice(0, listing.outcomes.length).map((price) => String(price / unit)))
      .replaceAll(",", ", "),
    volume: String(Math.round(volume * 7 * 1e6) / 1e6),
    active: true,
    closed,
    marketMakerAddress: "",
    createdAt: iso(listing.startsAt),
    updatedAt: iso(state.now),
    ...(closed ? { closedTime: `${iso(state.now).slice(0, 19).replace("T", " ")}+00` } : {}),
    new: false,
    featured: false,
    archived: false,
    restricted: true,
    questionID: listing.questionId,
    enableOrderBook: true,
    orderPriceMinTickSize: state.tickSize / unit,
    orderMinSize: listing.minimumSize,
    volumeNum: Math.round(volume * 7 * 1e6) / 1e6,
    liquidityNum: listing.liquidity,
    endDateIso: iso(listing.endsAt).slice(0, 10),
    startDateIso: iso(listing.startsAt).slice(0, 10),
    hasReviewedDates: true,
    volume24hr: volume,
    volume1wk: Math.round(volume * 5 * 1e6) / 1e6,
    clobTokenIds: v2 ? null : JSON.stringify(listing.assetIds).replaceAll(",", ", "),
    ...(v2 ? { positionIds: listing.assetIds } : {}),
    volume24hrClob: volume,
    liquidityClob: listing.liquidity,
    makerBaseFee: 1000,
    takerBaseFee: 1000,
    acceptingOrders: !closed,
    negRisk: listing.negativeRisk,
    ...(listing.negativeRisk ? { negRiskMarketID: listing.questionId, negRiskRequestID: listing.questionId } : {}),
    ready: false,
    funded: false,
    acceptingOrdersTimestamp: isoSeconds(listing.startsAt),
    cyom: false,
    approved: true,
    rewardsMinSize: 50,
    rewardsMaxSpread: 4.5,
    spread: (state.bestAsk - state.bestBid) / unit,
    oneDayPriceChange: 0,
    lastTradePrice: (state.lastTradePrice ?? 0) / unit,
    bestBid: state.bestBid / unit,
    bestAsk: state.bestAsk / unit,
    automaticallyActive: true,
    clearBookOnStart: false,
    manualActivation: false,
    negRiskOther: false,
    umaResolutionStatuses: closed ? "[\"proposed\", \"resolved\"]" : "[]",
    ...(closed ? { umaResolutionStatus: "resolved" } : {}),
    pendingDeployment: false,
    deploying: false,
    rfqEnabled: false,
    ...(listing.round === undefined ? {} : {
      eventStartTime: isoSeconds(listing.startsAt),
      cryptoMarketConfig: { ...listing.round, twapEnabled: true, twapLookbackSeconds: 60 }
    }),
    ...(listing.secondsDelay > 0 ? { secondsDelay: listing.secondsDelay } : {}),
    feesEnabled: listing.fee !== undefined,
    ...(listing.fee === undefined ? {} : {
      feeType: listing.fee.type,
      feeSchedule: {
        exponent: listing.fee.exponent,
        rate: listing.fee.rate,
        takerOnly: true,
        rebateRate: listing.fee.rebateRate
      }
    }),
    version: listing.version
  }
}

/** The object of `/clob-markets/{condition}`. */
export const clobMarket = (listing: Listing, state: MarketNow): Readonly<Record<string, unknown>> => ({
  r: { mi: 50, ma: 4.5, moas: 30 },
  t: listing.assetIds.map((assetId, index) => ({ t: assetId, o: listing.outcomes[index] })),
  c: listing.conditionId,
  mos: listing.minimumSize,
  mts: state.tickSize / unit,
  mbf: 1000,
  tbf: 1000,
  ...(listing.negativeRisk ? { nr: true } : {}),
  ao: state.resolvedTo === undefined,
  aot: isoSeconds(listing.startsAt),
  ...(listing.takerDelay ? { itode: true } : {}),
  ...(listing.secondsDelay > 0 ? { sd: listing.secondsDelay } : {}),
  ...(listing.fee === undefined ? {} : { fd: { r: listing.fee.rate, e: listing.fee.exponent, to: true } }),
  v: listing.version
})
