/** The books of all open markets, and what changed in each since it was last told. */
import type { LevelChange } from "./BookOrder.ts"
import type { DeskOrder, Trade, TradedMarket } from "./DeskOrder.ts"
import { PairBook } from "./PairBook.ts"

/** A market with its book. */
export interface Pit {
  readonly market: TradedMarket
  readonly book: PairBook<DeskOrder>
}

interface Untold {
  readonly levels: Map<string, LevelChange>
  readonly trades: Array<Trade>
}

/** The markets. */
export class Floor {
  readonly #pits = new Map<string, Pit>()
  readonly #byAsset = new Map<string, { readonly market: TradedMarket; readonly outcome: 0 | 1 }>()
  readonly #untold = new Map<Pit, Untold>()
  #batches = 0

  /** Opens a market; one that is open already stays as it is. */
  open(market: TradedMarket): void {
    if (this.#pits.has(market.conditionId)) return
    this.#pits.set(market.conditionId, { market, book: new PairBook(market.depth) })
    market.assetIds.forEach((assetId, index) => {
      this.#byAsset.set(assetId, { market, outcome: index === 0 ? 0 : 1 })
    })
  }

  /** Closes a market for orders. */
  close(conditionId: string): void {
    const pit = this.#pits.get(conditionId)
    this.#pits.delete(conditionId)
    for (const assetId of pit?.market.assetIds ?? []) this.#byAsset.delete(assetId)
  }

  /** An open market. */
  pit(conditionId: string): Pit | undefined {
    return this.#pits.get(conditionId)
  }

  /** All open markets, in the order they were opened. */
  pits(): Iterable<Pit> {
    return this.#pits.values()
  }

  /** The open market of a token. */
  marketOf(assetId: string): { readonly market: TradedMarket; readonly outcome: 0 | 1 } | undefined {
    return this.#byAsset.get(assetId)
  }

  /** Notes new totals. */
  changed(pit: Pit, levels: ReadonlyArray<LevelChange>): void {
    const untold = this.#untoldOf(pit).levels
    for (const level of levels) untold.set(`${level.side}${level.price}`, level)
  }

  /** Notes a trade. */
  traded(pit: Pit, trade: Trade): void {
    this.#untoldOf(pit).trades.push(trade)
  }

  /** Runs something and tells each market once what it did, when the outermost batch ends. */
  batch<A>(act: () => A): A {
    this.#batches++
    try {
      return act()
    } finally {
      this.#batches--
      if (this.#batches === 0 && this.#untold.size > 0) this.#tell()
    }
  }

  #tell(): void {
    const untold = [...this.#untold]
    this.#untold.clear()
    for (const [{ market }, { levels, trades }] of untold) {
      market.changed?.({ levels: [...levels.values()], trades })
    }
  }

  #untoldOf(pit: Pit): Untold {
    let untold = this.#untold.get(pit)
    if (untold === undefined) this.#untold.set(pit, untold = { levels: new Map(), trades: [] })
    return untold
  }
}
