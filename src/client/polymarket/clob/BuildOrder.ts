/**
 * Makes the order the official client would make of the same wishes: the same amounts to the last place, and no refusal that it does not make.
 * What the venue would refuse besides is `OrderRules.ts`; an order that is to be sent passes both.
 * @see https://docs.polymarket.com/trading/place-orders
 * @see https://github.com/Polymarket/clob-client-v2
 */
import { Result } from "effect"
import type { Address, Hex } from "viem"
import { isAddress } from "viem/utils"
import * as Micro from "../../../domain/Micro.ts"
import type { TickSize } from "../../../domain/TickSize.ts"
import { type Amounts, type Arithmetic, decimalsOf } from "./Amounts.ts"
import { clientAmounts, roundPrice } from "./ClientAmounts.ts"
import type { ExchangeVersion } from "./Exchange.ts"
import { adjustBuyAmountForFees, type TakerFees } from "./FeeAdjustment.ts"
import { marketPrice, type WireBook } from "./MarketPrice.ts"
import { type OrderRefused, refuse } from "./OrderRefused.ts"
import type { UnsignedOrder, WireSide } from "./Signing.ts"
import type { Wallet } from "./Wallets.ts"

/** What making an order needs to know of its market. */
export interface OrderMarket {
  readonly tickSize: TickSize
  readonly negativeRisk: boolean
  /** 2 for tokens of the CTF, 3 for positions of Protocol V2. */
  readonly version: ExchangeVersion
}

interface Common {
  /** Decimal text. */
  readonly tokenId: string
  readonly side: WireSide
  /** At most 2^53 − 1 for the body to carry it exactly. */
  readonly salt: bigint
  /** ms UTC. */
  readonly timestamp: number
  /** Unix s; absent: never. */
  readonly expiration?: number
  /** 32 bytes; zeros when absent. */
  readonly metadata?: Hex
  /** 32 bytes; zeros when absent. */
  readonly builderCode?: Hex
}

/** Fits what a buy spends into a balance. */
export interface Budget {
  /** pUSD at hand; absent: the order is taken as it is. */
  readonly balance?: number
  /** What taking costs; nothing when absent. */
  readonly fees?: TakerFees
}

/** So many shares at a price or better. */
export interface LimitOrder extends Common, Budget {
  readonly kind: "limit"
  readonly market: OrderMarket
  readonly price: number
  readonly size: number
}

/** What is there, at once, at a price or better. */
export interface MarketOrder extends Common, Budget {
  readonly kind: "market"
  readonly market: OrderMarket
  /** pUSD to spend when buying, shares to sell when selling. */
  readonly amount: number
  /** The worst price; 0 or absent: the price at which the book fills the amount. */
  readonly price?: number
  readonly book?: WireBook
  readonly orderType?: "FOK" | "FAK"
}

/** Exact base units, positions of Protocol V2 only. */
export interface AmountsOrder extends Common {
  readonly kind: "amounts"
  /** Digits, above zero: base units given. */
  readonly makerAmount: string
  /** Digits, above zero: base units to get. */
  readonly takerAmount: string
}

/** The wish for an order. */
export type OrderWish = LimitOrder | MarketOrder | AmountsOrder

const zeros: Hex = `0x${"0".repeat(64)}`
const bytes32 = /^0x[0-9a-fA-F]{64}$/
const wordEnd = 1n << 256n

/** The order, ready to be signed: with the client's amounts, or with `exactAmounts`, which are the same but for very large orders. */
export const buildOrder = (
  wish: OrderWish,
  wallet: Wallet,
  arithmetic: Arithmetic = clientAmounts
): Result.Result<UnsignedOrder, OrderRefused> =>
  Result.flatMap(amountsOf(wish, arithmetic), (amounts) => assemble(wish, amounts, wallet))

const amountsOf = (wish: OrderWish, arithmetic: Arithmetic): Result.Result<Amounts, OrderRefused> => {
  switch (wish.kind) {
    case "limit":
      return ofLimit(wish, arithmetic)
    case "market":
      return ofMarket(wish, arithmetic)
    case "amounts":
      return isPositive(wish.makerAmount) && isPositive(wish.takerAmount)
        ? Result.succeed({ makerAmount: BigInt(wish.makerAmount), takerAmount: BigInt(wish.takerAmount) })
        : refuse("amount", `expected whole amounts above zero, found ${wish.makerAmount} and ${wish.takerAmount}`)
  }
}

const ofLimit = (wish: LimitOrder, { limit }: Arithmetic): Result.Result<Amounts, OrderRefused> =>
  Result.gen(function*() {
    const { side, size } = wish
    const { tickSize } = wish.market
    const price = roundPrice(yield* withinBounds(wish.price, tickSize), decimalsOf(tickSize).price)
    if (side === "SELL" || wish.balance === undefined) return yield* limit(side, price, size, tickSize)
    const spent = yield* withinBalance(wish, wish.balance, size * price, price)
    return yield* limit(side, price, spent / price, tickSize)
  })

const ofMarket = (wish: MarketOrder, { market }: Arithmetic): Result.Result<Amounts, OrderRefused> =>
  Result.gen(function*() {
    const { amount, balance, market: { tickSize }, side } = wish
    const price = yield* withinBounds(wish.price || (yield* priceFromBook(wish)), tickSize)
    const given = side === "SELL" || balance === undefined
      ? amount
      : yield* withinBalance(wish, balance, amount, price)
    return yield* market(side, price, given, tickSize)
  })

const priceFromBook = (wish: MarketOrder): Result.Result<number, OrderRefused> =>
  wish.book === undefined
    ? refuse("book", "expected a price or a book, found neither")
    : marketPrice(wish.book, wish.side, wish.amount, wish.orderType)

const withinBalance = ({ fees }: Budget, balance: number, amount: number, price: number) =>
  adjustBuyAmountForFees(amount, price, balance, fees ?? { rate: 0, exponent: 0 })

const withinBounds = (price: number, tickSize: TickSize): Result.Result<number, OrderRefused> => {
  const tick = tickSize / Micro.unit
  return price >= tick && price <= 1 - tick
    ? Result.succeed(price)
    : refuse("price", `expected a price from ${tick} to ${1 - tick}, found ${price}`)
}

const assemble = (wish: OrderWish, amounts: Amounts, wallet: Wallet): Result.Result<UnsignedOrder, OrderRefused> => {
  const maker = wallet.funder ?? wallet.address
  if (!isAddress(maker) || !isAddress(wallet.address)) {
    return refuse("wallet", "expected an address, found something else")
  }
  const { builderCode = zeros, metadata = zeros } = wish
  if (!bytes32.test(metadata) || !bytes32.test(builderCode)) {
    return refuse("bytes", "expected 32 bytes of metadata and builder code, found something else")
  }
  if (!isWord(wish.tokenId)) return refuse("token", "expected a token id of at most 256 bits, found something else")
  if (amounts.makerAmount >= wordEnd || amounts.takerAmount >= wordEnd) {
    return refuse("amount", "expected amounts of at most 256 bits, found larger ones")
  }
  return Result.succeed({
    exchange: wish.kind === "amounts"
      ? { chainId: wallet.chainId, version: 3, negativeRisk: false }
      : { chainId: wallet.chainId, version: wish.market.version, negativeRisk: wish.market.negativeRisk },
    salt: wish.salt,
    maker,
    signer: signerOf(wallet, maker),
    tokenId: wish.tokenId,
    makerAmount: amounts.makerAmount,
    takerAmount: amounts.takerAmount,
    side: wish.side,
    signatureType: wallet.signatureType,
    timestamp: wish.timestamp,
    metadata,
    builder: builderCode,
    expiration: wish.expiration ?? 0
  })
}

const signerOf = (wallet: Wallet, maker: Address): Address => wallet.signatureType === 3 ? maker : wallet.address

const isPositive = (text: string): boolean => /^\d{1,78}$/.test(text) && BigInt(text) > 0n

const isWord = (text: string): boolean => /^\d{1,78}$/.test(text) && BigInt(text) < wordEnd
