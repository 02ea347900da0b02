/**
 * Questions to the archive: candles, trades, prices, a book as it was, actions, gaps, and how large it is. Times are ms UTC, money and sizes decimal
 * text, newest rows last.
 * Implementation: `storage/postgres/QueriesPostgres.ts`.
 */
import { Context, type Effect, Schema } from "effect"
import type { AssetId } from "../domain/Asset.ts"
import { Reason } from "../domain/Failure.ts"
import type { ConditionId } from "../domain/Market.ts"
import type { JobResult } from "./Maintenance.ts"

/** The archive could not answer. */
export class QueryError extends Schema.TaggedError<QueryError>()("QueryError", {
  operation: Schema.String,
  reason: Reason
}) {
  override get message(): string {
    return `Queries.${this.operation}: ${this.reason.message}`
  }
}

/** A stretch of time, the end not included, and the most rows; the newest are kept when there are more. */
export interface Span {
  readonly from: number
  readonly to: number
  readonly limit: number
}

/** Lengths of candles. */
export const CandleUnit = Schema.Literals(["1m", "1h", "1d"])
export type CandleUnit = typeof CandleUnit.Type

/** An asset by any of its names. */
export interface Named {
  readonly assetId: AssetId
  /** Absent for symbols. */
  readonly outcome?: string
  readonly market?: ConditionId
  readonly slug?: string
  readonly question?: string
}

/** Prices of one stretch; `volume` in shares of the asset, absent where nothing was traded. */
export interface Candle {
  readonly time: number
  readonly open: string
  readonly high: string
  readonly low: string
  readonly close: string
  readonly volume?: string
}

/** One trade. */
export interface TradeRow {
  readonly time: number
  readonly side: string
  readonly price: string
  readonly size: string
  readonly transactionHash?: string
}

/** One price. */
export interface PriceRow {
  readonly time: number
  readonly price?: string
  readonly bid?: string
  readonly ask?: string
  readonly source: string
}

/** A book as it was, best first. */
export interface BookThen {
  readonly market: ConditionId
  readonly assetId: AssetId
  /** Of the last change before the time asked for. */
  readonly time: number
  /** False after a gap: changes may be missing. */
  readonly usable: boolean
  readonly bids: ReadonlyArray<readonly [price: string, size: string]>
  readonly asks: ReadonlyArray<readonly [price: string, size: string]>
}

/** One record of the audit trail. */
export interface ActionRow {
  readonly time: number
  readonly actor: string
  readonly kind: string
  readonly assetId?: string
  readonly correlationId?: string
  readonly payload: string
}

/** A stretch of which a feed, or the archive itself, may have missed something. */
export interface GapRow {
  readonly time: number
  readonly feed: string
  readonly kind: string
  readonly assetId?: string
  readonly from?: number
  readonly to?: number
  readonly detail?: string
}

/** A table with what it takes; `rows` of a large one is the database's estimate. */
export interface TableSize {
  readonly table: string
  readonly rows: number
  readonly bytes: number
  readonly oldest?: number
  readonly newest?: number
}

export class Queries extends Context.Service<Queries, {
  /** The assets behind an asset id, a slug or a condition id; of a market its outcomes, in its order. */
  readonly find: (name: string) => Effect.Effect<ReadonlyArray<Named>, QueryError>
  readonly candles: (
    assetId: AssetId,
    unit: CandleUnit,
    span: Span
  ) => Effect.Effect<ReadonlyArray<Candle>, QueryError>
  readonly trades: (assetId: AssetId, span: Span) => Effect.Effect<ReadonlyArray<TradeRow>, QueryError>
  readonly prices: (assetId: AssetId, span: Span) => Effect.Effect<ReadonlyArray<PriceRow>, QueryError>
  /** The book as the engine knew it at a time; `undefined` when none was stored before. */
  readonly book: (assetId: AssetId, at: number) => Effect.Effect<BookThen | undefined, QueryError>
  readonly actions: (span: Span, kind?: string) => Effect.Effect<ReadonlyArray<ActionRow>, QueryError>
  readonly gaps: (span: Span) => Effect.Effect<ReadonlyArray<GapRow>, QueryError>
  /** The policies in force at a time, by id, each with its revision; `undefined` when nothing is stored of that. */
  readonly policies: (at: number) => Effect.Effect<Readonly<Record<string, string>> | undefined, QueryError>
  readonly sizes: Effect.Effect<ReadonlyArray<TableSize>, QueryError>
  /** How the shipped jobs went the last time. */
  readonly jobs: Effect.Effect<ReadonlyArray<JobResult>, QueryError>
}>()("polymarket-hft/engine/Queries") {}
