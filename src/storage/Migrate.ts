/**
 * Brings a database to the newest schema: runs the files of `migrations/` that it has not had yet, in their order, all in
 * one transaction. A file is `NNNN_verb_noun.sql`; a statement ends with a semicolon at the end of a line, text between
 * `$$` aside. Released files are never edited.
 */
import { Effect, Schema } from "effect"
import { Migrator, SqlClient, type SqlError } from "effect/sql"
import { readdir, readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"

/** The migrations could not be read or did not run. */
export class MigrateError extends Schema.TaggedError<MigrateError>()("MigrateError", {
  detail: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `Migrate: ${this.detail}`
  }
}

/** Where the migrations lie, in the sources and in an installed package. */
export const folder = fileURLToPath(new URL("../../migrations", import.meta.url))

/** Splits the text of a migration into its statements, comments left out. Pure. */
export const statementsOf = (text: string): ReadonlyArray<string> => {
  const statements: Array<string> = []
  let lines: Array<string> = []
  let quoted = false
  for (const line of text.split("\n")) {
    if (!quoted && /^\s*(--.*)?$/.test(line)) continue
    if ((line.split("$$").length - 1) % 2 === 1) quoted = !quoted
    lines.push(line)
    if (!quoted && line.trimEnd().endsWith(";")) {
      statements.push(lines.join("\n").trimEnd().slice(0, -1))
      lines = []
    }
  }
  if (lines.length > 0) statements.push(lines.join("\n"))
  return statements
}

const load = Effect.tryPromise({
  try: async () => {
    const names = (await readdir(folder)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).sort()
    const files: Record<string, Effect.Effect<void, SqlError.SqlError, SqlClient.SqlClient>> = {}
    for (const name of names) {
      const statements = statementsOf(await readFile(`${folder}/${name}`, "utf8"))
      files[name.slice(0, -4)] = Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        for (const statement of statements) yield* sql.unsafe(statement)
      })
    }
    return files
  },
  catch: (cause) => new MigrateError({ detail: `cannot read ${folder}: ${String(cause)}`, cause })
})

/** Runs what is missing and returns the numbers and names of what ran. */
export const migrate: Effect.Effect<
  ReadonlyArray<readonly [id: number, name: string]>,
  MigrateError,
  SqlClient.SqlClient
> = Effect.gen(function*() {
  const files = yield* load
  return yield* Migrator.make({})({ loader: Migrator.fromRecord(files), table: "migrations" }).pipe(
    Effect.mapError((cause) => new MigrateError({ detail: cause.message, cause }))
  )
})
