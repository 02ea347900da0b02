/** How the columns of a batch are sent: one array parameter per column, its element type cast in the statement. */
import { PgTypes } from "@effect/sql-pg"
import { Result } from "effect"

/** Text, or null. Also for numerics, enumerations and arrays as text, cast in the statement. */
export type Text = string | null | undefined

/** Event times in ms, or null. */
export type Milliseconds = number | null | undefined

const array = (values: ReadonlyArray<unknown>, elementOid: number): PgTypes.Parameter =>
  Result.getOrThrow(PgTypes.array(values, elementOid))

/** A column of text. */
export const texts = <A>(rows: ReadonlyArray<A>, get: (row: A) => Text): PgTypes.Parameter =>
  array(rows.map((row) => get(row) ?? null), PgTypes.OID.text)

/** A column of timestamps given in ms UTC. */
export const times = <A>(rows: ReadonlyArray<A>, get: (row: A) => Milliseconds): PgTypes.Parameter =>
  array(rows.map((row) => get(row) ?? null), PgTypes.OID.timestamptz)

/** A column of safe integers. */
export const integers = <A>(rows: ReadonlyArray<A>, get: (row: A) => number | null | undefined): PgTypes.Parameter =>
  array(
    rows.map((row) => {
      const value = get(row)
      return value === null || value === undefined ? null : BigInt(value)
    }),
    PgTypes.OID.int8
  )

/** A column of booleans. */
export const booleans = <A>(rows: ReadonlyArray<A>, get: (row: A) => boolean | null | undefined): PgTypes.Parameter =>
  array(rows.map((row) => get(row) ?? null), PgTypes.OID.bool)
