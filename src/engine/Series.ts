/**
 * Markets that come again and again, such as "btc-updown-5m": which one is the current one. Crypto series name their markets after the
 * second they start at, so the clock alone tells; of other series Gamma is asked for the open market that ends first.
 */
import { Effect } from "effect"
import { Gamma, type GammaError } from "../client/polymarket/Gamma.ts"
import * as Calls from "../client/polymarket/gamma/Endpoints.ts"
import type { Market } from "../domain/Market.ts"

const periods: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400 }

/** The period of a series whose name ends in it, s; `undefined` when the name does not. */
export const periodOf = (series: string): number | undefined => {
  const match = /-updown-(\d{1,3})([mhd])$/.exec(series)
  return match === null ? undefined : Number(match[1]) * (periods[match[2] ?? ""] ?? 0)
}

/** The slug of the market of a clocked series at `now` (ms UTC). */
export const slugAt = (series: string, period: number, now: number): string => {
  const seconds = Math.floor(now / 1_000)
  return `${series}-${seconds - (seconds % period)}`
}

/** The slug of the current market of a series at `now` (ms UTC); `undefined` when there is none now. */
export const currentSlug = Effect.fnUntraced(
  function*(series: string, now: number): Effect.fn.Return<string | undefined, GammaError, Gamma> {
    const period = periodOf(series)
    if (period !== undefined) return slugAt(series, period, now)
    const gamma = yield* Gamma
    const [found] = yield* gamma.call(Calls.seriesList, { slug: [series] })
    if (found === undefined) return undefined
    const { events } = yield* gamma.call(Calls.events, {
      series_id: found.id,
      closed: false,
      order: "endDate",
      ascending: true,
      end_date_min: new Date(now).toISOString(),
      limit: 1
    })
    return events[0]?.markets?.[0]?.slug ?? undefined
  }
)

/** The current market of a series at `now` (ms UTC); `undefined` when there is none now, or it is not listed yet. */
export const currentMarket = Effect.fnUntraced(
  function*(series: string, now: number): Effect.fn.Return<Market | undefined, GammaError, Gamma> {
    const slug = yield* currentSlug(series, now)
    return slug === undefined ? undefined : yield* (yield* Gamma).marketBySlug(slug)
  }
)
