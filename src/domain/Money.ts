/** Collateral (pUSD) in base units: millionths, as on the chain. May be negative where it is a result or a change. */
import { Schema } from "effect"
import * as Micro from "./Micro.ts"
import type { Price } from "./Price.ts"
import type { Size } from "./Size.ts"

/** pUSD in millionths. */
export const Money = Schema.Int.pipe(Schema.brand("Money"))
export type Money = typeof Money.Type

/** No money. */
export const none = 0 as Money

/** What `size` shares cost at `price`, rounded up to the base unit: what a buyer pays. */
export const notionalUp = (price: Price, size: Size): Money => Micro.multiplyUp(price, size) as Money

/** What `size` shares bring at `price`, rounded down to the base unit: what a seller gets. */
export const notionalDown = (price: Price, size: Size): Money => Micro.multiplyDown(price, size) as Money

/** Canonical decimal text in pUSD. */
export const toText = (money: Money): string => Micro.format(money)
