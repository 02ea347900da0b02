/** A market the way Gamma writes it, as far as the engine keeps it: what a recording needs to be played with the right ticks and hashes. Pure. */
import type { Market } from "../../../domain/Market.ts"
import * as Micro from "../../../domain/Micro.ts"

/** The Gamma objects of markets; ids are only places in this list. */
export const asGamma = (markets: ReadonlyArray<Market>): ReadonlyArray<object> =>
  markets.map((market, index) => {
    const ids = market.outcomes.map(({ assetId }) => assetId)
    return {
      id: String(index + 1),
      conditionId: market.conditionId,
      slug: market.slug,
      question: market.question,
      outcomes: JSON.stringify(market.outcomes.map(({ name }) => name)),
      ...(market.version === "v2" ? { positionIds: ids } : { clobTokenIds: JSON.stringify(ids) }),
      version: market.version,
      orderPriceMinTickSize: Number(Micro.format(market.tickSize)),
      orderMinSize: Number(Micro.format(market.minimumSize)),
      negRisk: market.negativeRisk,
      active: true,
      closed: false,
      acceptingOrders: market.status === "open",
      enableOrderBook: true,
      ...(market.endTime === undefined ? {} : { endDate: new Date(market.endTime).toISOString() }),
      feesEnabled: market.fee !== undefined,
      ...(market.fee === undefined ? {} : {
        feeSchedule: { rate: Number(market.fee.rate), exponent: market.fee.exponent, takerOnly: true, rebateRate: 0 }
      })
    }
  })
