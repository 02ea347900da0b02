/**
 * Gamma, the venue's catalogue of markets, as far as an engine needs it. Answers are cached by the venue for up to minutes:
 * not for prices. A listed market that does not fit is left out, counted and logged.
 * @see https://docs.polymarket.com/api-reference/markets/list-markets
 */
import { Context, Effect, Exit, Layer, Schema } from "effect"
import { Malformed, Reason } from "../../domain/Failure.ts"
import type { ConditionId, Market } from "../../domain/Market.ts"
import * as Api from "../Api.ts"
import * as Http from "../Http.ts"
import { Misfit } from "./clob/TranslateMarketMessage.ts"
import { GammaMarket, RawMarketsPage } from "./gamma/MarketSchema.ts"
import { translateMarket } from "./gamma/TranslateMarket.ts"
import * as PublishedLimits from "./PublishedLimits.ts"

/** Why Gamma could not be asked, or its answer not be used. Every call may be repeated. */
export class GammaError extends Schema.TaggedError<GammaError>()("GammaError", {
  operation: Schema.String,
  reason: Reason
}) {
  override get message(): string {
    return `Gamma.${this.operation}: ${this.reason.message}`
  }
}

const decodeMarket = Schema.decodeUnknownExit(GammaMarket)
const decodePage = Schema.decodeUnknownExit(RawMarketsPage)

/** Most markets of a page, and most condition ids of one request. */
const pageSize = 100
const idsPerRequest = 50

/** Most pages that are followed for one call. */
const mostPages = 100

export class Gamma extends Context.Service<
  Gamma,
  Api.Api<GammaError> & {
    /** The market of a slug; `undefined` when Gamma knows none. Fails with `Malformed` when it does not fit. */
    readonly marketBySlug: (slug: string) => Effect.Effect<Market | undefined, GammaError>
    /** The markets of these conditions, open and closed, in no particular order; unknown ones are left out. */
    readonly marketsByConditionIds: (
      ids: ReadonlyArray<ConditionId>
    ) => Effect.Effect<ReadonlyArray<Market>, GammaError>
    /** The `count` open markets with an order book and the largest volume of the last 24 hours, largest first. */
    readonly topMarketsByVolume24h: (count: number) => Effect.Effect<ReadonlyArray<Market>, GammaError>
    /** How many listed markets did not fit so far. */
    readonly misfits: Effect.Effect<number>
  }
>()("polymarket-hft/client/polymarket/Gamma") {
  /** Gamma at a base URL. */
  static readonly layer = (baseUrl: string) =>
    Layer.effect(
      Gamma,
      Effect.gen(function*() {
        const http = yield* Http.make({ baseUrl, limits: PublishedLimits.gamma })
        let misfits = 0

        const translate = (raw: unknown): Market | Misfit => {
          const decoded = decodeMarket(raw)
          return Exit.isSuccess(decoded) ? translateMarket(decoded.value) : new Misfit("does not fit its schema")
        }

        const page = Effect.fnUntraced(
          function*(query: ReadonlyArray<readonly [string, string]>) {
            const where = `${http.host}/markets/keyset`
            const decoded = decodePage(yield* http.get("/markets/keyset", query))
            if (Exit.isFailure(decoded)) {
              return yield* Effect.fail<Reason>(Malformed.make({ where, issue: "expected markets and next_cursor" }))
            }
            const markets: Array<Market> = []
            let skipped = ""
            let count = 0
            for (const raw of decoded.value.markets) {
              const market = translate(raw)
              if (market instanceof Misfit) {
                count++
                skipped = market.issue
              } else markets.push(market)
            }
            if (count > 0) {
              misfits += count
              yield* Effect.logWarning(
                `Gamma: skipped ${count} markets that do not fit, the last one because ${skipped}`
              )
            }
            return { markets, cursor: decoded.value.next_cursor ?? undefined }
          }
        )

        const pages = Effect.fnUntraced(
          function*(
            query: ReadonlyArray<readonly [string, string]>,
            isEnough: (found: ReadonlyArray<Market>) => boolean
          ) {
            const found: Array<Market> = []
            let cursor: string | undefined
            for (let count = 0; count < mostPages; count++) {
              const next = yield* page(cursor === undefined ? query : [...query, ["after_cursor", cursor]])
              found.push(...next.markets)
              if (isEnough(found) || next.cursor === undefined || next.cursor === "" || next.cursor === cursor) break
              cursor = next.cursor
            }
            return found
          }
        )

        const marketBySlug = (slug: string) =>
          http.get(`/markets/slug/${encodeURIComponent(slug)}`).pipe(
            Effect.flatMap((raw) => {
              const market = translate(raw)
              return market instanceof Misfit
                ? Effect.fail<Reason>(Malformed.make({ where: `${http.host}: market ${slug}`, issue: market.issue }))
                : Effect.succeed<Market | undefined>(market)
            }),
            Effect.catch((reason) =>
              reason._tag === "Rejected" && reason.code === "404" ? Effect.succeed(undefined) : Effect.fail(reason)
            ),
            Effect.mapError((reason) => new GammaError({ operation: "marketBySlug", reason }))
          )

        const listed = Effect.fnUntraced(function*(ids: ReadonlyArray<ConditionId>, closed: boolean) {
          const found: Array<Market> = []
          for (let at = 0; at < ids.length; at += idsPerRequest) {
            const some = ids.slice(at, at + idsPerRequest)
            const query = [
              ...some.map((id) => ["condition_ids", id] as const),
              ["limit", String(pageSize)] as const,
              ["closed", String(closed)] as const
            ]
            found.push(...(yield* pages(query, () => false)))
          }
          return found
        })

        const marketsByConditionIds = (ids: ReadonlyArray<ConditionId>) =>
          Effect.gen(function*() {
            const open = yield* listed(ids, false)
            const seen = new Set(open.map((market) => market.conditionId))
            const missing = ids.filter((id) => !seen.has(id))
            return missing.length === 0 ? open : [...open, ...(yield* listed(missing, true))]
          }).pipe(Effect.mapError((reason) => new GammaError({ operation: "marketsByConditionIds", reason })))

        const topMarketsByVolume24h = (count: number) =>
          pages(
            [
              ["order", "volume24hr"],
              ["ascending", "false"],
              ["closed", "false"],
              ["limit", String(Math.max(1, Math.min(count, pageSize)))]
            ],
            (found) => found.filter(isTradable).length >= count
          ).pipe(
            Effect.map((found) => found.filter(isTradable).slice(0, count)),
            Effect.mapError((reason) => new GammaError({ operation: "topMarketsByVolume24h", reason }))
          )

        return Gamma.of({
          ...Api.make(http, (operation, reason) => new GammaError({ operation, reason })),
          marketBySlug,
          marketsByConditionIds,
          topMarketsByVolume24h,
          misfits: Effect.sync(() => misfits)
        })
      })
    )
}

const isTradable = (market: Market): boolean => market.status === "open"
