/** One price of one side of an order book. */
import { Schema } from "effect"
import { Side } from "./Order.ts"
import { Price } from "./Price.ts"
import { Size } from "./Size.ts"

/** A price and the total size resting there. */
export const Level = Schema.Struct({ price: Price, size: Size })
export type Level = typeof Level.Type

/** The new total size at one price of one side; size 0 removes the level. */
export const LevelChange = Schema.Struct({ side: Side, price: Price, size: Size })
export type LevelChange = typeof LevelChange.Type
