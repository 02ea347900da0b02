/** Makes trades of matches, with ids and transaction hashes drawn from the seed and a counter. */
import { digestOf, uuidOf } from "../Seeded.ts"
import { outside } from "../Wallets.ts"
import { feeOf, type FeeSchedule } from "./Amounts.ts"
import type { Match } from "./BookOrder.ts"
import type { DeskOrder, Leg, Trade, TradedMarket } from "./DeskOrder.ts"

type OneMatch = Match<DeskOrder>

/** What a taker pays for matches, price by price. */
export const feesOf = (schedule: FeeSchedule, matches: ReadonlyArray<OneMatch>): number => {
  const sizes = new Map<number, number>()
  for (const { size, takerPrice } of matches) sizes.set(takerPrice, (sizes.get(takerPrice) ?? 0) + size)
  let sum = 0
  for (const [price, size] of sizes) sum += feeOf(schedule, price, size)
  return sum
}

/** A maker of trades. */
export class TradeMaker {
  readonly #seed: number
  #count = 0

  constructor(seed: number) {
    this.#seed = seed
  }

  /** The trade of some matches at one price; a taker from outside is `undefined`. `now` in ms UTC. */
  make(market: TradedMarket, taker: DeskOrder | undefined, matches: ReadonlyArray<OneMatch>, now: number): Trade {
    const digest = digestOf(this.#seed, `trade/${this.#count++}`).toString("hex")
    const [{ takerPrice }] = matches as readonly [OneMatch]
    const size = matches.reduce((sum, match) => sum + match.size, 0)
    const money = matches.reduce((sum, match) => sum + match.takerMoney, 0)
    const other = matches[0]?.maker
    const side = taker?.side ?? (other?.side === "BUY" ? "SELL" : "BUY")
    const assetId = taker?.assetId ?? other?.assetId ?? ""
    const outcomeName = taker?.outcomeName ?? other?.outcomeName ?? ""
    const fee = taker === undefined || market.fee === undefined ? 0 : feeOf(market.fee, takerPrice, size)
    return {
      id: uuidOf(digest),
      market: market.conditionId,
      assetIds: market.assetIds,
      taker: {
        order: taker,
        wallet: taker?.maker ?? outside,
        assetId,
        outcomeName,
        side,
        price: takerPrice,
        size,
        money,
        fee
      },
      makers: matches.map(({ maker, makerMoney, makerPrice, size }): Leg => ({
        order: maker,
        wallet: maker?.maker ?? outside,
        assetId: maker?.assetId ?? assetId,
        outcomeName: maker?.outcomeName ?? outcomeName,
        side: maker?.side ?? (side === "BUY" ? "SELL" : "BUY"),
        price: makerPrice,
        size,
        money: makerMoney,
        fee: 0
      })),
      at: now,
      transactionHash: `0x${digest}`,
      status: "MATCHED",
      updatedAt: now
    }
  }
}
