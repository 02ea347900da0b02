/** What is kept of each day: positions, open orders, cash, and the books that are known, as JSON with decimal texts. Pure. */
import type { AssetId } from "../domain/Asset.ts"
import * as Micro from "../domain/Micro.ts"
import * as OrderBook from "../domain/OrderBook.ts"
import type { Snapshot } from "./Maintenance.ts"
import type { Account } from "./Portfolio.ts"
import type { BookState } from "./State.ts"

/** What is read of the state. */
export interface Books {
  readonly assets: () => ReadonlyArray<AssetId>
  readonly orderBook: (assetId: AssetId) => BookState | undefined
}

/** Everything worth keeping now. */
export const take = (account: Account, books: Books): ReadonlyArray<Snapshot> => [
  { kind: "balance", name: "pUSD", content: { free: Micro.format(account.freeCash()) } },
  ...account.assets().flatMap((assetId): ReadonlyArray<Snapshot> => {
    const { cost, fees, realized, size } = account.position(assetId)
    return [{
      kind: "position",
      name: assetId,
      content: {
        size: Micro.format(size),
        cost: Micro.format(cost),
        realized: Micro.format(realized),
        fees: Micro.format(fees)
      }
    }]
  }),
  ...account.openOrders().map(({ filledSize, intent, status }): Snapshot => ({
    kind: "order",
    name: intent.intentId,
    content: {
      assetId: intent.assetId,
      side: intent.side,
      price: Micro.format(intent.price),
      size: Micro.format(intent.size),
      filled: Micro.format(filledSize),
      status
    }
  })),
  ...books.assets().flatMap((assetId): ReadonlyArray<Snapshot> => {
    const entry = books.orderBook(assetId)
    if (entry === undefined || !entry.usable) return []
    const textOf = ({ price, size }: { readonly price: number; readonly size: number }) => [
      Micro.format(price),
      Micro.format(size)
    ]
    return [{
      kind: "book",
      name: assetId,
      content: {
        market: entry.market,
        bids: OrderBook.levels(entry.book, "buy").map(textOf),
        asks: OrderBook.levels(entry.book, "sell").map(textOf)
      }
    }]
  })
]
