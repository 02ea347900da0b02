/** A number of shares, in millionths of a share. */
import { Schema } from "effect"
import * as Micro from "./Micro.ts"

/** Shares in millionths, at least 0. */
export const Size = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })).pipe(
  Schema.brand("Size")
)
export type Size = typeof Size.Type

/** Reads wire text such as "51.14"; `undefined` when it is not a non-negative decimal of at most six places. */
export const fromText = (text: string): Size | undefined => {
  const micro = Micro.parse(text)
  return micro >= 0 ? micro as Size : undefined
}

/** Canonical decimal text, as on the wire. */
export const toText = (size: Size): string => Micro.format(size)
