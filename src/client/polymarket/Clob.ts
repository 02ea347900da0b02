/**
 * The CLOB's public REST routes that an engine needs beside the sockets.
 * @see https://docs.polymarket.com/api-reference/market-data/get-order-book
 */
import { Context, Effect, Exit, Layer, Schema } from "effect"
import type { AssetId } from "../../domain/Asset.ts"
import { Malformed, Reason } from "../../domain/Failure.ts"
import type { ConditionId } from "../../domain/Market.ts"
import * as Api from "../Api.ts"
import * as Http from "../Http.ts"
import { CompactMarket, OrderBookSummary } from "./clob/BookSchema.ts"
import type { BookSnapshotMessage } from "./clob/MarketMessage.ts"
import { Misfit, translateSummary } from "./clob/TranslateMarketMessage.ts"
import * as PublishedLimits from "./PublishedLimits.ts"

/** Why the CLOB could not be asked, or its answer not be used. Every call may be repeated. */
export class ClobError extends Schema.TaggedError<ClobError>()("ClobError", {
  operation: Schema.String,
  reason: Reason
}) {
  override get message(): string {
    return `Clob.${this.operation}: ${this.reason.message}`
  }
}

/** Most books of one request. */
export const booksPerRequest = 500

const decodeTime = Schema.decodeUnknownExit(Schema.Int)
const decodeList = Schema.decodeUnknownExit(Schema.Array(Schema.Unknown))
const decodeSummary = Schema.decodeUnknownExit(OrderBookSummary)
const decodeInfo = Schema.decodeUnknownExit(CompactMarket)

export class Clob extends Context.Service<
  Clob,
  Api.Api<ClobError> & {
    /** The venue's clock, ms UTC, whole seconds. */
    readonly time: Effect.Effect<number, ClobError>
    /** One book; `undefined` when the venue has none for the asset. */
    readonly book: (assetId: AssetId) => Effect.Effect<BookSnapshotMessage | undefined, ClobError>
    /** The books of these assets, in no particular order; unknown assets and books that do not fit are left out. */
    readonly books: (assetIds: ReadonlyArray<AssetId>) => Effect.Effect<ReadonlyArray<BookSnapshotMessage>, ClobError>
    /** The market in the CLOB's own words, fees included; `undefined` when the venue does not know it. */
    readonly marketInfo: (conditionId: ConditionId) => Effect.Effect<CompactMarket | undefined, ClobError>
  }
>()("polymarket-hft/client/polymarket/Clob") {
  /** The CLOB at a base URL. */
  static readonly layer = (baseUrl: string) =>
    Layer.effect(
      Clob,
      Effect.gen(function*() {
        const http = yield* Http.make({ baseUrl, limits: PublishedLimits.clob })
        const odd = (path: string, issue: string) => Malformed.make({ where: `${http.host}${path}`, issue })
        const failed = (operation: ClobError["operation"]) => (reason: Reason) => new ClobError({ operation, reason })
        const orMissing = Effect.catch((reason: Reason) =>
          reason._tag === "Rejected" && reason.code === "404" ? Effect.succeed(undefined) : Effect.fail(reason)
        )

        const summary = (raw: unknown): BookSnapshotMessage | Misfit => {
          const decoded = decodeSummary(raw)
          return Exit.isSuccess(decoded) ? translateSummary(decoded.value) : new Misfit("does not fit its schema")
        }

        const time = http.get("/time").pipe(
          Effect.flatMap((raw) => {
            const seconds = decodeTime(raw)
            return Exit.isSuccess(seconds)
              ? Effect.succeed(seconds.value * 1_000)
              : Effect.fail<Reason>(odd("/time", "expected unix seconds"))
          }),
          Effect.mapError(failed("time"))
        )

        const book = (assetId: AssetId) =>
          http.get("/book", [["token_id", assetId]]).pipe(
            Effect.flatMap((raw) => {
              const message = summary(raw)
              return message instanceof Misfit
                ? Effect.fail<Reason>(odd("/book", message.issue))
                : Effect.succeed(message)
            }),
            orMissing,
            Effect.mapError(failed("book"))
          )

        const some = Effect.fnUntraced(function*(assetIds: ReadonlyArray<AssetId>) {
          const raw = decodeList(yield* http.query("/books", assetIds.map((token_id) => ({ token_id }))))
          if (Exit.isFailure(raw)) return yield* Effect.fail<Reason>(odd("/books", "expected an array"))
          const found: Array<BookSnapshotMessage> = []
          for (const item of raw.value) {
            const message = summary(item)
            if (message instanceof Misfit) yield* Effect.logWarning(`Clob: skipped a book: ${message.issue}`)
            else found.push(message)
          }
          return found
        })

        const books = (assetIds: ReadonlyArray<AssetId>) =>
          Effect.gen(function*() {
            const found: Array<BookSnapshotMessage> = []
            for (let at = 0; at < assetIds.length; at += booksPerRequest) {
              found.push(...(yield* some(assetIds.slice(at, at + booksPerRequest))))
            }
            return found
          }).pipe(Effect.mapError(failed("books")))

        const marketInfo = (conditionId: ConditionId) =>
          http.get(`/clob-markets/${conditionId}`).pipe(
            Effect.flatMap((raw) => {
              const info = decodeInfo(raw)
              return Exit.isSuccess(info)
                ? Effect.succeed(info.value)
                : Effect.fail<Reason>(odd("/clob-markets", "does not fit its schema"))
            }),
            orMissing,
            Effect.mapError(failed("marketInfo"))
          )

        return Clob.of({
          ...Api.make(http, (operation, reason) => new ClobError({ operation, reason })),
          time,
          book,
          books,
          marketInfo
        })
      })
    )
}
