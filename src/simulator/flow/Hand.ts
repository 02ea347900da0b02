/**
 * How an agent acts in one market: orders in the exchange, for its own wallet. An agent that holds shares sells them, else it buys the other outcome;
 * one that runs out of money is given more, which counts as a deposit. Sides and prices are those of the first outcome's book, in millionths.
 */
import { unit } from "../../domain/Micro.ts"
import { checksummed } from "../Ethereum.ts"
import type { BookSide } from "../exchange/BookOrder.ts"
import { untouched } from "../exchange/DeskOrder.ts"
import type { Listing } from "../Listing.ts"
import type { OrderDesk } from "../OrderDesk.ts"
import { digestOf } from "../Seeded.ts"

/** Kinds of agents; each has one wallet for all markets. */
export type AgentKind = "maker" | "noise" | "momentum" | "informed"

/** pUSD an agent is given at a time. */
const allowance = 1_000_000 * unit

const wallets = new Map<string, string>()

/** The wallet of an agent under a seed. */
export const walletOf = (seed: number, kind: AgentKind): string => {
  const key = `${seed}/${kind}`
  let wallet = wallets.get(key)
  if (wallet === undefined) {
    wallets.set(key, wallet = checksummed(`0x${digestOf(seed, `agent/${kind}`).toString("hex", 0, 20)}`))
  }
  return wallet
}

/** An agent's hand in a market. */
export class Hand {
  readonly wallet: string
  readonly #kind: AgentKind
  readonly #listing: Listing
  readonly #desk: OrderDesk
  #orders = 0

  constructor(options: {
    readonly kind: AgentKind
    readonly seed: number
    readonly listing: Listing
    readonly desk: OrderDesk
  }) {
    this.wallet = walletOf(options.seed, options.kind)
    this.#kind = options.kind
    this.#listing = options.listing
    this.#desk = options.desk
  }

  /** Places an order; its id, or nothing when it was not taken. A quote (GTC) never takes. */
  place(side: BookSide, price: number, size: number, type: "GTC" | "FAK"): string | undefined {
    const { assetIds, conditionId, outcomes } = this.#listing
    const held = side === "bids" ? 1 : 0
    const { wallets } = this.#desk
    const sells = wallets.available(this.wallet, assetIds[held] as string) >= size
    const outcome = sells ? held : side === "bids" ? 0 : 1
    // A share and its fee never cost more than this.
    const needed = size + Math.ceil(size / 50)
    if (!sells && wallets.available(this.wallet, "") < needed) {
      this.#desk.deposit(this.wallet, Math.max(allowance, needed))
    }
    const id = `flow/${conditionId}/${this.#kind}/${this.#orders++}`
    const { error } = this.#desk.place({
      id,
      apiKey: "",
      maker: this.wallet,
      market: conditionId,
      assetId: assetIds[outcome] as string,
      outcome,
      outcomeName: outcomes[outcome] as string,
      side: sells ? "SELL" : "BUY",
      price: outcome === 0 ? price : unit - price,
      size,
      type,
      postOnly: type === "GTC",
      expiration: 0,
      createdAt: 0,
      ...untouched()
    })
    return error === undefined ? id : undefined
  }

  /** Takes an order back. */
  cancel(id: string): void {
    this.#desk.withdraw(this.#listing.conditionId, id)
  }

  /** Shares an order still wants; 0 when it is gone. */
  left(id: string): number {
    return this.#desk.book(this.#listing.conditionId)?.left(id) ?? 0
  }
}
