/**
 * Markets as last described, with what the CLOB knows better: descriptions may be minutes old, the CLOB's tick sizes and the
 * ends it tells are not.
 */
import type { ConditionId, Market } from "../domain/Market.ts"
import type { TickSize } from "../domain/TickSize.ts"

/** How far a market is in its life. */
const stage: Record<Market["status"], number> = { open: 0, paused: 0, closed: 1, resolved: 2 }

/** A fold of descriptions, tick sizes and ends. No market that ended opens again. */
export class KnownMarkets {
  private readonly markets = new Map<ConditionId, Market>()
  private readonly ticks = new Map<ConditionId, TickSize>()

  get(conditionId: ConditionId): Market | undefined {
    return this.markets.get(conditionId)
  }

  /** Every market, in the order of their first descriptions. */
  all(): IterableIterator<Market> {
    return this.markets.values()
  }

  /** Lets go of a market. */
  forget(conditionId: ConditionId): void {
    this.markets.delete(conditionId)
    this.ticks.delete(conditionId)
  }

  /** Takes a description; returns the market as it now counts. */
  describe(described: Market): Market {
    const { conditionId } = described
    const before = this.markets.get(conditionId)
    const market: Market = {
      ...described,
      tickSize: this.ticks.get(conditionId) ?? described.tickSize,
      status: before !== undefined && stage[before.status] > stage[described.status] ? before.status : described.status
    }
    this.markets.set(conditionId, market)
    return market
  }

  /** Takes a tick size from the CLOB; returns the market if it is known and the tick is new. */
  learnTick(conditionId: ConditionId, tickSize: TickSize): Market | undefined {
    this.ticks.set(conditionId, tickSize)
    const market = this.markets.get(conditionId)
    return market === undefined || market.tickSize === tickSize ? undefined : this.describe(market)
  }

  /** Takes note of an end; returns the market if it is known. */
  end(conditionId: ConditionId, status: "closed" | "resolved"): Market | undefined {
    const market = this.markets.get(conditionId)
    return market === undefined ? undefined : this.describe({ ...market, status })
  }
}
