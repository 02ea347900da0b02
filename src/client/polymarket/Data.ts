/**
 * The Data API: what wallets hold, did and earned. The calls are in `data/Endpoints.ts`.
 * @see https://docs.polymarket.com/api-reference/data-api/overview
 */
import { Context, Effect, Layer, Schema, Stream } from "effect"
import * as Decimal from "../../domain/Decimal.ts"
import { Reason } from "../../domain/Failure.ts"
import * as Fixed from "../../domain/Fixed.ts"
import * as Api from "../Api.ts"
import * as Http from "../Http.ts"
import * as Endpoints from "./data/Endpoints.ts"
import type { PositionRow } from "./data/Schema.ts"
import * as PublishedLimits from "./PublishedLimits.ts"

/** Why the Data API could not be asked, or its answer not be used. Every call may be repeated. */
export class DataError
  extends Schema.TaggedError<DataError>()("DataError", { operation: Schema.String, reason: Reason })
{
  override get message(): string {
    return `Data.${this.operation}: ${this.reason.message}`
  }
}

export class Data extends Context.Service<
  Data,
  & Api.Api<DataError>
  & {
    /** Every open position of a wallet. */
    readonly positions: (wallet: string) => Effect.Effect<ReadonlyArray<PositionRow>, DataError>
    /**
     * What a wallet's positions are worth, pUSD: the venue's own figure while v1 answers, else the sum of size × price over the positions. Collateral that
     * is not in positions is not part of it.
     */
    readonly positionsValue: (wallet: string) => Effect.Effect<Decimal.Decimal, DataError>
  }
>()("polymarket-hft/client/polymarket/Data") {
  /** The Data API at a base URL. */
  static readonly layer = (baseUrl: string) =>
    Layer.effect(
      Data,
      Effect.gen(function*() {
        const http = yield* Http.make({ baseUrl, limits: PublishedLimits.data })
        const api = Api.make(http, (operation, reason) => new DataError({ operation, reason }))
        const positions = (wallet: string) =>
          api.pages(Endpoints.positions, { user: wallet }).pipe(
            Stream.runFold((): Array<PositionRow> => [], (all, { data }) => [...all, ...data])
          )
        return Data.of({
          ...api,
          positions,
          positionsValue: (wallet) =>
            api.call(Endpoints.value, { user: wallet }).pipe(
              Effect.map((rows) => rows.reduce((sum, row) => sum + fixed(row.value), 0n)),
              Effect.catch(() =>
                Effect.map(
                  positions(wallet),
                  (rows) =>
                    rows.reduce((sum, row) => sum + Fixed.multiply(fixed(row.size), fixed(row.cur_price ?? 0)), 0n)
                )
              ),
              Effect.map(Fixed.toDecimal)
            )
        })
      })
    )
}

/** A double as the venue sent it, read through its shortest decimal text. */
const fixed = (value: number): Fixed.Fixed => Fixed.fromDecimal(Decimal.fromNumber(value) ?? Decimal.zero)
