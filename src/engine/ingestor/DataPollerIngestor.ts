/** The source "data": what a wallet holds and is worth, as the Data API tells it, at an interval. */
import { Effect, Schema, Stream } from "effect"
import type { Duration } from "effect"
import { Data, type DataError } from "../../client/polymarket/Data.ts"
import type { PositionRow } from "../../client/polymarket/data/Schema.ts"
import { AssetId } from "../../domain/Asset.ts"
import * as Decimal from "../../domain/Decimal.ts"
import * as Fixed from "../../domain/Fixed.ts"
import type { Size } from "../../domain/Size.ts"
import type { Ingestor } from "../Ingestor.ts"
import { type MarketEvent, type PositionUpdate, unstamped } from "../MarketEvent.ts"

/** As it appears in events and summaries. */
export const source = "data"

const isAssetId = Schema.is(AssetId)

const head = { id: unstamped, time: 0, receivedAt: 0, source }

const decimal = (value: number | null | undefined): Decimal.Decimal | undefined =>
  value === null || value === undefined ? undefined : Decimal.fromNumber(value)

/** A position as an event; `undefined` when the row names no token or a size that is none. */
export const positionOf = (wallet: string, row: PositionRow): PositionUpdate | undefined => {
  const size = Decimal.fromNumber(row.size)
  const micro = size === undefined ? undefined : Fixed.toMicro(Fixed.fromDecimal(size), "down")
  if (micro === undefined || micro < 0 || !isAssetId(row.token_id)) return undefined
  const averagePrice = decimal(row.avg_price)
  const realizedPnl = decimal(row.realized_pnl)
  const unrealizedPnl = decimal(row.cash_pnl)
  return {
    ...head,
    _tag: "PositionUpdate",
    wallet,
    assetId: row.token_id,
    size: micro as Size,
    ...(averagePrice === undefined ? {} : { averagePrice }),
    ...(realizedPnl === undefined ? {} : { realizedPnl }),
    ...(unrealizedPnl === undefined ? {} : { unrealizedPnl })
  }
}

/** Makes the source. A position that is no longer listed is told once more, with size 0. */
export const make = (options: {
  readonly wallet: string
  readonly every: Duration.Input
}): Effect.Effect<Ingestor, never, Data> =>
  Effect.gen(function*() {
    const data = yield* Data
    const { wallet } = options
    let held = new Set<AssetId>()

    const told = (rows: ReadonlyArray<PositionRow>): ReadonlyArray<MarketEvent> => {
      const events: Array<MarketEvent> = rows.flatMap((row) => positionOf(wallet, row) ?? [])
      const now = new Set(
        events.flatMap((event) => ("assetId" in event && event.assetId !== undefined ? [event.assetId] : []))
      )
      for (const assetId of held) {
        if (!now.has(assetId)) events.push({ ...head, _tag: "PositionUpdate", wallet, assetId, size: 0 as Size })
      }
      held = now
      return events
    }

    const orNothing = (call: Effect.Effect<ReadonlyArray<MarketEvent>, DataError>) =>
      call.pipe(Effect.catch((error) => Effect.as(Effect.logWarning(error.message), [])))

    const poll = Effect.map(
      Effect.all([
        orNothing(Effect.map(data.positions(wallet), told)),
        orNothing(
          Effect.map(
            data.positionsValue(wallet),
            (value) => [{ ...head, _tag: "MetricUpdate", name: "positions_value", value }]
          )
        )
      ]),
      (all) => ({ events: all.flat(), arrivedAt: performance.now() })
    )
    return {
      name: source,
      batches: Stream.concat(
        Stream.fromEffect(poll),
        Stream.fromEffectRepeat(Effect.andThen(Effect.sleep(options.every), poll))
      )
        .pipe(Stream.filter((batch) => batch.events.length > 0))
    }
  })
