/** A short print of an event by which two processes compare what they hold, whatever the order of its fields. */
import { crc32 } from "node:zlib"
import type { MarketEvent } from "../../../src/engine/MarketEvent.ts"

const sorted = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value

/** Equal for equal events. */
export const digestOf = (event: MarketEvent): string => crc32(JSON.stringify(event, sorted)).toString(36)
