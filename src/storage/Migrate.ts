/**
 * Brings a database to the newest schema: runs the files of `migrations/` that it has not had yet, in their order, all in
 * one transaction. A file is `NNNN_verb_noun.sql`; a statement ends with a semicolon at the end of a line, text between
 * `$$` aside. A line `-- [hypertables]` begins a section for databases that have them, and so on (`Section`). Released files
 * are never edited.
 */
import { Effect, Schema } from "effect"
import { Migrator, SqlClient, type SqlError } from "effect/sql"
import { readdir, readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { detect, Level, type TimescaleMode } from "./Capability.ts"

/** The migrations could not be read or did not run. */
export class MigrateError extends Schema.TaggedError<MigrateError>()("MigrateError", {
  detail: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `Migrate: ${this.detail}`
  }
}

/** A migration that was run, or waits. */
export interface Migration {
  readonly id: number
  readonly name: string
}

/** Where the migrations lie, in the sources and in an installed package. */
export const folder = fileURLToPath(new URL("../../migrations", import.meta.url))

/** For which databases a part of a file is. The `to` sections run when a database gains what it did not have. */
export type Section =
  | "all"
  | "hypertables"
  | "no hypertables"
  | "to hypertables"
  | "aggregates"
  | "no aggregates"
  | "to aggregates"

const sections: ReadonlySet<string> = new Set<Section>([
  "all",
  "hypertables",
  "no hypertables",
  "to hypertables",
  "aggregates",
  "no aggregates",
  "to aggregates"
])

/** A statement and the section it stands in. */
export interface Statement {
  readonly section: Section
  readonly text: string
}

/** Splits the text of a migration into its statements, comments left out. Pure; throws on a section it does not know. */
export const statementsOf = (text: string): ReadonlyArray<Statement> => {
  const statements: Array<Statement> = []
  let section: Section = "all"
  let lines: Array<string> = []
  let quoted = false
  for (const line of text.split("\n")) {
    const heading = quoted ? undefined : /^-- \[(.+)\]$/.exec(line)?.[1]
    if (heading !== undefined) {
      if (!sections.has(heading)) throw new Error(`no section is called ${heading}`)
      section = heading as Section
    }
    if (!quoted && /^\s*(--.*)?$/.test(line)) continue
    if ((line.split("$$").length - 1) % 2 === 1) quoted = !quoted
    lines.push(line)
    if (!quoted && line.trimEnd().endsWith(";")) {
      statements.push({ section, text: lines.join("\n").trimEnd().slice(0, -1) })
      lines = []
    }
  }
  if (lines.length > 0) statements.push({ section, text: lines.join("\n") })
  return statements
}

/** The sections that a database of a level has. */
const sectionsOf: Readonly<Record<Level, ReadonlySet<Section>>> = {
  plain: new Set<Section>(["all", "no hypertables", "no aggregates"]),
  hypertables: new Set<Section>(["all", "hypertables", "no aggregates"]),
  aggregates: new Set<Section>(["all", "hypertables", "aggregates"])
}

interface File extends Migration {
  readonly key: string
  readonly statements: ReadonlyArray<Statement>
}

const load = Effect.tryPromise({
  try: async () => {
    const names = (await readdir(folder)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).sort()
    const files: Array<File> = []
    for (const name of names) {
      const key = name.slice(0, -4)
      files.push({
        id: Number(key.slice(0, 4)),
        name: key.slice(5),
        key,
        statements: statementsOf(await readFile(`${folder}/${name}`, "utf8"))
      })
    }
    return files
  },
  catch: (cause) => new MigrateError({ detail: `cannot read ${folder}: ${String(cause)}`, cause })
})

const table = "migrations"

const failed = (cause: Error) => new MigrateError({ detail: cause.message, cause })

/** Migrations take what time they need, whatever the client's usual limit is. */
const unlimited = "set local statement_timeout = 0"

const perform = (statements: ReadonlyArray<Statement>, chosen: ReadonlySet<Section>) =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    yield* sql.unsafe(unlimited)
    for (const { section, text } of statements) if (chosen.has(section)) yield* sql.unsafe(text)
  })

const decodeLevel = Schema.decodeUnknownOption(Level)

/** The level this database was migrated at; `undefined` when it never was. */
const recordedLevel: Effect.Effect<Level | undefined, SqlError.SqlError, SqlClient.SqlClient> = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const [there] = yield* sql.unsafe<{ readonly there: boolean }>(
    "select to_regclass('archive_level') is not null as there"
  )
  if (there?.there !== true) return undefined
  const [row] = yield* sql.unsafe<{ readonly level: string }>("select level from archive_level")
  const level = decodeLevel(row?.level)
  return level._tag === "Some" ? level.value : undefined
})

/** The level to migrate at: the recorded one, else what the database can do, which is then recorded. */
const settledLevel = Effect.fnUntraced(function*(mode: TimescaleMode) {
  const sql = yield* SqlClient.SqlClient
  const recorded = yield* recordedLevel
  if (recorded !== undefined) return recorded
  const level = yield* detect(mode)
  yield* sql.unsafe("create table if not exists archive_level (level text not null)")
  yield* sql.unsafe("insert into archive_level select $1 where not exists (select from archive_level)", [level])
  return level
})

/** Runs what is missing and returns what ran. */
export const migrate = (
  mode: TimescaleMode = "auto"
): Effect.Effect<ReadonlyArray<Migration>, MigrateError, SqlClient.SqlClient> =>
  Effect.gen(function*() {
    const files = yield* load
    const level = yield* settledLevel(mode)
    const loader = Migrator.fromRecord(
      Object.fromEntries(files.map((file) => [file.key, perform(file.statements, sectionsOf[level])]))
    )
    const ran = yield* Migrator.make({})({ loader, table })
    return ran.map(([id, name]) => ({ id, name }))
  }).pipe(Effect.mapError((error) => error._tag === "MigrateError" ? error : failed(error)))

/** Where a database stands. */
export interface MigrationStatus {
  /** Absent before the first migration. */
  readonly level: Level | undefined
  /** What the database could do now. */
  readonly possible: Level
  readonly done: ReadonlyArray<Migration>
  readonly missing: ReadonlyArray<Migration>
}

/** What ran, what is missing, and at which level; changes nothing but that an extension may be created. */
export const status = (mode: TimescaleMode = "auto"): Effect.Effect<
  MigrationStatus,
  MigrateError,
  SqlClient.SqlClient
> =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const files = yield* load
    const level = yield* recordedLevel
    const possible = yield* detect(mode)
    const [there] = yield* sql.unsafe<{ readonly there: boolean }>(
      `select to_regclass('${table}') is not null as there`
    )
    const rows = there?.there === true
      ? yield* sql.unsafe<{ readonly id: number }>(`select migration_id::int as id from ${table}`)
      : []
    const done = new Set(rows.map(({ id }) => id))
    const brief = ({ id, name }: File): Migration => ({ id, name })
    return {
      level,
      possible,
      done: files.filter(({ id }) => done.has(id)).map(brief),
      missing: files.filter(({ id }) => !done.has(id)).map(brief)
    }
  }).pipe(Effect.mapError((error) => error._tag === "MigrateError" ? error : failed(error)))

/** Materialises the aggregates from the oldest row on; what no policy looks back to would never be. */
const refreshAll = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql.unsafe<{ readonly oldest: string | null }>(
    "select least((select min(time) from prices), (select min(time) from trades))::text as oldest"
  )
  if (row === undefined || row.oldest === null) return
  for (const view of ["candles_1m", "volume_1m", "candles_1h", "candles_1d"]) {
    yield* sql.unsafe(
      `call refresh_continuous_aggregate('${view}', timestamptz '${row.oldest}' - interval '1 day', null)`
    )
  }
})

/**
 * Gives a migrated database what it has gained since: hypertables out of its tables, aggregates instead of the views. All rows stay; candles
 * are made anew. Returns the level reached.
 */
export const upgrade: Effect.Effect<Level, MigrateError, SqlClient.SqlClient> = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  yield* migrate("auto")
  const from = yield* recordedLevel
  const to = yield* detect("require")
  if (from === undefined || from === to) return to
  const gained: ReadonlyArray<Section> = [
    ...(from === "plain" ? ["to hypertables", "hypertables"] as const : []),
    ...(to === "aggregates" ? ["to aggregates", "aggregates"] as const : [])
  ]
  const statements = (yield* load).flatMap((file) => file.statements)
  yield* sql.withTransaction(Effect.gen(function*() {
    // What goes, goes first; prices_1h stands on the views and comes back last.
    yield* perform(statements, new Set(gained.filter((section) => section.startsWith("to "))))
    yield* perform(statements, new Set(gained.filter((section) => !section.startsWith("to "))))
    if (to === "aggregates") yield* sql.unsafe(pricesView)
    yield* sql.unsafe("update archive_level set level = $1", [to])
  }))
  if (to === "aggregates") yield* refreshAll
  return to
}).pipe(Effect.mapError((error) => error._tag === "MigrateError" ? error : failed(error)))

const pricesView = "create view prices_1h as select bucket, asset_id, open, high, low, close from candles_1h"
