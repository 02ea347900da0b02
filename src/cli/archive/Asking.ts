/** What the commands that look into the archive have in common: whose rows, which span, how they are printed. */
import { Clock, Console, Effect, Option, Schema } from "effect"
import type { FileSystem } from "effect"
import { Argument, Flag } from "effect/cli"
import process from "node:process"
import * as Span from "../../domain/Span.ts"
import type { Export } from "../../engine/Export.ts"
import { type Named, Queries } from "../../engine/Queries.ts"
import * as ArchiveClient from "../ArchiveClient.ts"
import * as Exit from "../Exit.ts"
import * as Table from "../Table.ts"

/** A wrong use of the command line. */
export const usage = (message: string) => new Exit.Failed({ code: Exit.usage, message })

/** A time: an ISO date or time (UTC), "now", or how long ago: 30m, 2h, 7d. */
export const timeOf = Effect.fnUntraced(function*(text: string) {
  const now = yield* Clock.currentTimeMillis
  if (text === "now") return now
  const ago = Span.fromText(text)
  if (ago !== undefined) return now - ago
  const zoned = /T.*(?:Z|[+-]\d\d:?\d\d)$/.test(text) || !text.includes("T") ? text : `${text}Z`
  const at = Date.parse(zoned)
  if (Number.isNaN(at)) {
    return yield* usage(
      `expected a time such as 2026-11-25T12:00Z, 2026-11-25, now, or 2h for two hours ago, found ${text}`
    )
  }
  return at
})

/** Whose rows. */
export const name = Argument.String("name").pipe(
  Argument.withDescription("Asset id, market slug or condition id; a symbol such as BTC")
)

/** Which outcome of a market. */
export const outcome = Flag.String("outcome").pipe(
  Flag.withDescription("Which outcome of a market, by its name; the first unless told"),
  Flag.optional
)

/** The beginning of a span. */
export const from = (fallback: string) =>
  Flag.String("from").pipe(
    Flag.withDescription(`From when: a time (UTC), or how long ago, for example 2h; default ${fallback}`),
    Flag.withDefault(fallback)
  )

/** The end of a span. */
export const to = Flag.String("to").pipe(Flag.withDescription("Until when; default now"), Flag.withDefault("now"))

const limit = Flag.Int("limit").pipe(
  Flag.withDescription("The most rows; the newest are shown"),
  Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 }))),
  Flag.withDefault(100)
)

/** How rows are printed. */
export const output = {
  csv: Flag.Boolean("csv").pipe(Flag.withDescription("Print CSV"), Flag.withDefault(false)),
  json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))
}

/** A span of time, how its rows are printed, and of which archive. */
export const span = (fallback: string) => ({ from: from(fallback), to, limit, ...output, ...ArchiveClient.flags })

interface Given extends ArchiveClient.Where {
  readonly csv: boolean
  readonly json: boolean
}

type Row = Readonly<Record<string, unknown>>

const timed = new Set(["time", "from", "to", "oldest", "newest", "startedAt", "finishedAt"])

const csvCell = (value: unknown): string => {
  const text = value === undefined || value === null
    ? ""
    : typeof value === "object"
    ? JSON.stringify(value)
    : String(value)
  return /[",\n\r]/.test(text) ? `"${text.replaceAll("\"", "\"\"")}"` : text
}

/** Rows with their times as ISO texts. */
const readable = (rows: ReadonlyArray<object>): ReadonlyArray<Row> =>
  rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) =>
        timed.has(key) && typeof value === "number" ? [key, new Date(value).toISOString()] : [key, value as unknown]
      )
    )
  )

/** Prints rows as they are wanted. */
export const print = (given: Given, rows: ReadonlyArray<object>) => {
  const all = readable(rows)
  if (given.json) return Console.log(JSON.stringify(all))
  if (!given.csv) return Console.log(Table.table(all, process.stdout.columns ?? 120))
  const names = [...new Set(all.flatMap((row) => Object.keys(row)))]
  return Console.log(
    [names, ...all.map((row) => names.map((key) => row[key]))].map((row) => row.map(csvCell).join(",")).join("\n")
  )
}

/** Runs questions over an archive whose schema is newest; an embedded one is brought there. */
export const asking = <A, E extends { readonly message: string }>(
  given: ArchiveClient.Where,
  program: Effect.Effect<A, E, Queries | Export | FileSystem.FileSystem>
) =>
  Effect.gen(function*() {
    const App = yield* Effect.promise(() => import("../../App.ts"))
    const prepared = Effect.gen(function*() {
      const { missing } = yield* App.schema.status()
      if (missing.length > 0) yield* App.schema.migrate()
      return yield* Effect.provide(program, App.archiveReaders)
    })
    return yield* ArchiveClient.withClient(given, prepared)
  })

/** The asset that is meant. */
export const find = Effect.fnUntraced(function*(text: string, wanted: Option.Option<string>) {
  const queries = yield* Queries
  const found = yield* queries.find(text)
  const [first] = found
  if (first === undefined) return yield* usage(`expected an asset, slug or condition id of the archive, found ${text}`)
  if (Option.isNone(wanted)) return first
  const same = found.find((one) => one.outcome?.toLowerCase() === wanted.value.toLowerCase())
  if (same !== undefined) return same
  return yield* usage(
    `expected an outcome of ${text} (${
      found.map((one) => one.outcome ?? one.assetId).join(", ")
    }), found ${wanted.value}`
  )
})

/** The span that was given. */
export const spanOf = Effect.fnUntraced(
  function*(given: { readonly from: string; readonly to: string; readonly limit: number }) {
    const [begin, end] = [yield* timeOf(given.from), yield* timeOf(given.to)]
    if (begin >= end) return yield* usage(`expected a time before ${given.to}, found ${given.from}`)
    return { from: begin, to: end, limit: given.limit }
  }
)

/** What people call an asset. */
export const titleOf = ({ assetId, outcome: side, question }: Named): string =>
  question === undefined ? assetId : `${question} (${side ?? ""})`
