/** Whole tables of the archive as rows of text, for files of other programs. Implementation: `storage/postgres/ExportPostgres.ts`. */
import { Context, type Stream } from "effect"
import type { QueryError } from "./Queries.ts"

/** What a column holds. */
export type ColumnKind = "time" | "integer" | "decimal" | "text"

/** A column of an exported table. */
export interface ExportColumn {
  readonly name: string
  readonly kind: ColumnKind
}

/** Values of a row in the order of the columns: times in ms, decimals and everything else as text, null where there is nothing. */
export type ExportRow = ReadonlyArray<string | number | bigint | null>

/** Which rows. */
export interface ExportWish {
  readonly table: string
  /** ms UTC, the end not included. */
  readonly from: number
  readonly to: number
  readonly assetId?: string
}

export class Export extends Context.Service<Export, {
  /** Tables that can be exported, with their columns. */
  readonly tables: ReadonlyMap<string, ReadonlyArray<ExportColumn>>
  /** The rows in the order of their ids, or of time where there are none, in chunks. */
  readonly rows: (wish: ExportWish) => Stream.Stream<ReadonlyArray<ExportRow>, QueryError>
}>()("polymarket-hft/engine/Export") {}
