/**
 * An order of a policy filled in: what it needs of the facts is taken at the firing, every price and size is exact and on the market's grid. Keeps what the
 * order says and nothing of its compilation: there are as many as policies.
 */
import * as Fixed from "../../domain/Fixed.ts"
import * as Micro from "../../domain/Micro.ts"
import type { Money } from "../../domain/Money.ts"
import type { Side, TimeInForce } from "../../domain/Order.ts"
import type { Price } from "../../domain/Price.ts"
import type { Size } from "../../domain/Size.ts"
import type { Doing, OrderRequest } from "./Decision.ts"
import type { Facts } from "./Facts.ts"
import { resolveAsset } from "./Scope.ts"
import type { Scope } from "./Scope.ts"
import type { Value } from "./SourceFacts.ts"
import type { Template } from "./Template.ts"

type Quantity = ((scope: Scope) => Fixed.Fixed | undefined) | undefined

/** What an order says. */
export interface Placement {
  readonly asset: Template<Scope> | undefined
  readonly assetText: string | undefined
  readonly side: Side
  /** Absent: the best opposite price, worse by the slippage. */
  readonly price: Quantity
  readonly size: Quantity
  readonly amount: Quantity
  /** Of the position. */
  readonly share: Fixed.Fixed | undefined
  readonly round: "passive" | "nearest"
  readonly timeInForce: TimeInForce
  readonly postOnly: boolean
  /** ms. */
  readonly expires: number | undefined
  /** pUSD per share, in millionths. */
  readonly slippage: number
  /** ms. */
  readonly validFor: number
}

/** Shares are ordered in hundredths. */
const sizeStep = 10_000

/** Takes from the facts what an order needs of them, at the firing; what it returns fills in the numbers, perhaps later. */
export const placing = (placement: Placement): (scope: Scope) => (later: Scope) => Doing => {
  const {
    amount,
    asset,
    assetText,
    expires,
    postOnly,
    price,
    round,
    share,
    side,
    size,
    slippage,
    timeInForce,
    validFor
  } = placement
  return (scope) => {
    const impossible = (reason: string): Doing => ({ _tag: "Impossible", reason })
    const { facts } = scope
    const { now } = facts
    const assetId = asset === undefined ? undefined : resolveAsset(facts, asset.render(scope))
    if (assetId === undefined) return () => impossible(`the asset ${JSON.stringify(assetText)} is not known`)
    const market = facts.market(assetId)
    if (market === undefined) return () => impossible(`the market of ${assetId} is not known`)
    const { tickSize } = market
    const worst = price === undefined ? worstPrice(facts, assetId, side, slippage) : undefined
    const ask = amount === undefined ? undefined : facts.value("ask", assetId)
    const closing = share === undefined ? undefined : toShares(multiplied(facts.value("position", assetId), share))
    return (later) => {
      const wanted = price === undefined ? worst : price(later)
      if (wanted === undefined) return impossible("the price is not known")
      const onTick = roundPrice(wanted, tickSize, side, round)
      if (onTick === undefined) return impossible(`no price on the tick can stand for ${Fixed.toDecimal(wanted)}`)
      const money = amount === undefined ? undefined : toMoney(amount(later))
      if (amount !== undefined && money === undefined) return impossible("the amount is not known or not positive")
      const shares = money !== undefined
        ? mostFor(money, ask, tickSize)
        : share !== undefined
        ? closing
        : toShares(size?.(later))
      if (shares === undefined || shares <= 0) return impossible("the size is not known or not positive")
      const request: OrderRequest = {
        assetId,
        side,
        price: onTick,
        size: shares as Size,
        amount: money,
        timeInForce,
        postOnly,
        expiresAt: expires === undefined ? undefined : now + expires,
        validUntil: now + validFor
      }
      return { _tag: "PlaceOrder", request }
    }
  }
}

/** The most shares that money pays for when nothing is cheaper than the best ask, or, without one, than one tick. */
const mostFor = (money: Money, ask: Value | undefined, tick: number): number => {
  const best = typeof ask === "bigint" ? Fixed.toMicro(ask, "down") ?? tick : tick
  return Math.floor(money * (Micro.unit / sizeStep) / Math.max(best, tick)) * sizeStep
}

/** The best opposite price made worse by the slippage, kept within (0, 1). */
const worstPrice = (
  facts: Facts,
  assetId: OrderRequest["assetId"],
  side: Side,
  slippage: number
): Fixed.Fixed | undefined => {
  const best = facts.value(side === "buy" ? "ask" : "bid", assetId)
  if (typeof best !== "bigint") return undefined
  const moved = side === "buy" ? best + Fixed.fromMicro(slippage) : best - Fixed.fromMicro(slippage)
  return moved
}

/** The price on the tick, kept between one tick and one less than certain. Passive: never worse than wanted. */
const roundPrice = (wanted: Fixed.Fixed, tick: number, side: Side, mode: "passive" | "nearest"): Price | undefined => {
  const micro = Fixed.toMicro(wanted, side === "buy" ? "down" : "up")
  if (micro === undefined) return undefined
  const steps = micro / tick
  const rounded = mode === "nearest"
    ? nearestMultiple(wanted, tick)
    : (side === "buy" ? Math.floor(steps) : Math.ceil(steps)) * tick
  if (rounded === undefined) return undefined
  const clamped = Math.min(Math.max(rounded, tick), Micro.unit - tick)
  const isWorse = side === "buy" ? clamped > micro : clamped < micro
  return mode === "passive" && isWorse ? undefined : clamped as Price
}

const nearestMultiple = (wanted: Fixed.Fixed, tick: number): number | undefined => {
  const step = Fixed.fromMicro(tick)
  const steps = (wanted + step / 2n) / step
  return Number(steps) * tick
}

const toMoney = (value: Fixed.Fixed | undefined): Money | undefined => {
  const micro = value === undefined ? undefined : Fixed.toMicro(value, "down")
  if (micro === undefined) return undefined
  const cents = micro - micro % sizeStep
  return cents > 0 ? cents as Money : undefined
}

const toShares = (value: Fixed.Fixed | undefined): number | undefined => {
  const micro = value === undefined ? undefined : Fixed.toMicro(value, "down")
  return micro === undefined ? undefined : micro - micro % sizeStep
}

const multiplied = (value: Fixed.Fixed | string | undefined, share: Fixed.Fixed): Fixed.Fixed | undefined =>
  typeof value === "bigint" ? Fixed.multiply(value, share) : undefined
