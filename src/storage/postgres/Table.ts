/**
 * How a table of the archive is described: for one kind of event how a batch is written and how a row is read back. A batch is one
 * statement, `unnest` of a column each. Pure.
 */
import type { PgTypes } from "@effect/sql-pg"
import * as Micro from "../../domain/Micro.ts"
import type { MarketEvent } from "../../engine/MarketEvent.ts"
import { integers, texts, times } from "./Columns.ts"

/** A row as the client gives it. */
export type Row = Readonly<Record<string, unknown>>

/** A table of archived events. */
export interface Table {
  readonly name: string
  readonly insert: string
  readonly parameters: (events: ReadonlyArray<MarketEvent>) => ReadonlyArray<PgTypes.Parameter>
  /** The select list that `read` understands. */
  readonly columns: string
  readonly read: (row: Row) => unknown
}

/** What a column is cast to. */
export type Cast = "text" | "timestamptz" | "bigint" | "numeric" | "numeric[]" | "bigint[]" | "boolean" | "jsonb"

/** A column of a batch: how it is sent, cast and named. */
export interface Column<E> {
  readonly name: string
  readonly cast: Cast
  readonly parameter: (events: ReadonlyArray<E>) => PgTypes.Parameter
}

/** A time in ms UTC. */
export const time = <E>(name: string, get: (event: E) => number | undefined): Column<E> => ({
  name,
  cast: "timestamptz",
  parameter: (events) => times(events, get)
})
/** Text, or anything sent as text and cast. */
export const text = <E>(name: string, get: (event: E) => string | undefined, cast: Cast = "text"): Column<E> => ({
  name,
  cast,
  parameter: (events) => texts(events, get)
})
/** An exact decimal. */
export const numeric = <E>(name: string, get: (event: E) => string | undefined): Column<E> => text(name, get, "numeric")

/** A safe integer. */
export const integer = <E>(name: string, get: (event: E) => number): Column<E> => ({
  name,
  cast: "bigint",
  parameter: (events) => integers(events, get)
})

/** A table whose batch skips rows with a key that is there; `also` follows the insert, which it sees as `stored`. */
export const table = <E extends MarketEvent>(
  name: string,
  key: string,
  columns: ReadonlyArray<Column<E>>,
  read: (row: Row) => unknown,
  also?: string
): Table => {
  const elementOf = (cast: Cast) => cast === "timestamptz" || cast === "bigint" || cast === "boolean" ? cast : "text"
  const sources = columns.map(({ cast }, index) => `$${index + 1}::${elementOf(cast)}[]`)
  const values = columns.map(({ cast, name }) => cast === elementOf(cast) ? `r.${name}` : `r.${name}::${cast}`)
  const names = columns.map((column) => column.name)
  const insert = `insert into ${name} (${names.join(", ")}) select ${values.join(", ")} from unnest(${
    sources.join(", ")
  }) as r(${names.join(", ")}) on conflict (${key}) do nothing`
  return {
    name,
    insert: also === undefined ? insert : `with stored as (${insert} returning *) ${also}`,
    parameters: (events) => columns.map((column) => column.parameter(events as unknown as ReadonlyArray<E>)),
    columns: columns.map(({ cast, name }) => selectOf(cast, name)).join(", "),
    read
  }
}

const selectOf = (cast: Cast, name: string): string => {
  switch (cast) {
    case "timestamptz":
      return `(extract(epoch from ${name}) * 1000)::bigint as ${name}`
    case "numeric":
      return `trim_scale(${name})::text as ${name}`
    case "numeric[]":
    case "bigint[]":
      return `${name}::text[] as ${name}`
    case "jsonb":
      return `${name}::text as ${name}`
    default:
      return name
  }
}

/** The columns every event has. */
export const head = <E extends MarketEvent>(): ReadonlyArray<Column<E>> => [
  time("time", (event) => event.time),
  integer("id", (event) => event.id),
  text("source", (event) => event.source),
  time("received_at", (event) => event.receivedAt)
]

/** The fields every event has. */
export const readHead = (row: Row) => ({
  id: Number(row["id"]),
  time: Number(row["time"]),
  receivedAt: Number(row["received_at"]),
  source: row["source"]
})

/** The fields that are not null. */
export const given = (fields: Row): Row =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined))

/** Millionths of a decimal column. */
export const micro = (value: unknown): number | undefined => typeof value === "string" ? Micro.parse(value) : undefined

/** A time column, when it holds one. */
export const milliseconds = (value: unknown): number | undefined =>
  value === null || value === undefined ? undefined : Number(value)

/** An array as PostgreSQL reads it. */
export const braces = (values: ReadonlyArray<string | number>): string => `{${values.join(",")}}`
