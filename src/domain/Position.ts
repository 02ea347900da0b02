/**
 * What is held of one asset and what it has earned: a fold over fills, in base units, exact. Average cost; selling takes the
 * sold part of the cost with it, rounded down, so that cost never drifts below zero and is zero when all is sold.
 */
import * as Decimal from "./Decimal.ts"
import * as Micro from "./Micro.ts"
import { none, notionalDown, notionalUp } from "./Money.ts"
import type { Money } from "./Money.ts"
import type { Fill, Side } from "./Order.ts"
import type { Price } from "./Price.ts"
import type { Size } from "./Size.ts"

/** A position in one asset. */
export interface Position {
  readonly size: Size
  /** What the shares held were bought for, without fees. */
  readonly cost: Money
  /** Proceeds of what was sold minus its cost, without fees. */
  readonly realized: Money
  /** Taker fees paid. */
  readonly fees: Money
}

/** Nothing held, nothing earned. */
export const empty: Position = { size: 0 as Size, cost: none, realized: none, fees: none }

/** The position after a fill. Selling more than is held sells what is held; the caller's risk checks prevent it. */
export const applyFill = (position: Position, side: Side, fill: Fill): Position => {
  const fees = (position.fees + fill.fee) as Money
  if (side === "buy") {
    return {
      ...position,
      fees,
      size: (position.size + fill.size) as Size,
      cost: (position.cost + notionalUp(fill.price, fill.size)) as Money
    }
  }
  const sold = Math.min(fill.size, position.size) as Size
  const costSold = sold === position.size
    ? position.cost
    : Number(BigInt(position.cost) * BigInt(sold) / BigInt(position.size))
  return {
    size: (position.size - sold) as Size,
    cost: (position.cost - costSold) as Money,
    realized: (position.realized + notionalDown(fill.price, sold) - costSold) as Money,
    fees
  }
}

/** What the shares would bring at `price`, minus what they cost. */
export const unrealized = (position: Position, price: Price): Money =>
  (notionalDown(price, position.size) - position.cost) as Money

/** pUSD per share paid on average, to 6 decimals rounded down; `undefined` when nothing is held. */
export const averagePrice = (position: Position): Decimal.Decimal | undefined =>
  position.size === 0
    ? undefined
    : Decimal.fromScaled(BigInt(position.cost) * BigInt(Micro.unit) / BigInt(position.size), 6)
