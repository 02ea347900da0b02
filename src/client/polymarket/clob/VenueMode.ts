/**
 * What an answer to an order tells of the mode of the matching engine. Nothing else tells: reads are answered in every mode. Pure.
 *
 * @see https://docs.polymarket.com/trading/matching-engine
 */
import type { VenueMode } from "../../../domain/VenueMode.ts"

/** The mode behind an answer to an order that is not post-only; `undefined`: the answer does not tell. `text` and `code` are what its body says. */
export const modeOf = (status: number, text: string, code?: string): VenueMode | undefined => {
  if (status === 425) return "restarting"
  // It has judged the order, so it is there.
  if (status === 200 || status === 201 || status === 400) return "open"
  if (status !== 503) return undefined
  if (code === "post_only_mode" || /post-only mode/i.test(text)) return "post_only"
  if (/cancel-only/i.test(text)) return "cancel_only"
  return /disabled/i.test(text) ? "disabled" : undefined
}
