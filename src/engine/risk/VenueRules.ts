/** What the venue itself would refuse is refused here, where it costs nothing. */
import * as Micro from "../../domain/Micro.ts"
import { notionalUp } from "../../domain/Money.ts"
import type { Money } from "../../domain/Money.ts"
import type { RiskCheck } from "./Refusal.ts"

/** Least worth of a marketable buy, base units. */
const leastMarketableBuy = 1_000_000

/** Refuses on an unknown or closed market, off the tick, below the minimum size, and marketable buys under $1. */
export const venueRules: RiskCheck = ({ book, market, request }) => {
  const refuse = (reason: string) => ({ check: "venueRules", reason })
  if (market === undefined) return refuse("expected a known market, found none")
  if (market.status !== "open") return refuse(`expected an open market, found it ${market.status}`)
  if (request.price % market.tickSize !== 0) {
    return refuse(
      `expected a multiple of the tick ${Micro.format(market.tickSize)}, found ${Micro.format(request.price)}`
    )
  }
  const rests = request.timeInForce === "GTC" || request.timeInForce === "GTD"
  if (rests && request.size < market.minimumSize) {
    return refuse(`expected at least ${Micro.format(market.minimumSize)} shares, found ${Micro.format(request.size)}`)
  }
  const marketable = request.side === "buy" && book?.bestAsk !== undefined && request.price >= book.bestAsk
  const notional = request.amount ?? notionalUp(request.price, request.size)
  return marketable && notional < leastMarketableBuy
    ? refuse(`expected at least 1 pUSD for a marketable buy, found ${Micro.format(notional)}`)
    : undefined
}

/** Refuses a buy that needs more than the money not spoken for. */
export const balance: RiskCheck = ({ freeCash, request }) => {
  if (request.side === "sell") return undefined
  const needed = (request.amount ?? notionalUp(request.price, request.size)) as Money
  return needed <= freeCash
    ? undefined
    : {
      check: "balance",
      reason: `expected at most the ${Micro.format(freeCash)} pUSD not spoken for, found ${Micro.format(needed)}`
    }
}

/** Refuses a decision that is too old to act on. */
export const freshness: RiskCheck = ({ now, request }) =>
  now <= request.validUntil
    ? undefined
    : { check: "freshness", reason: `expected to be sent ${now - request.validUntil} ms earlier` }
