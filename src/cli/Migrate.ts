/** `migrate`: the schema of the archive, looked at or brought up to date. A run does the same at its start. */
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import * as ArchiveClient from "./ArchiveClient.ts"

const json = Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))

const status = Command.make(
  "status",
  { ...ArchiveClient.flags, json },
  Effect.fn(function*(given) {
    const { schema } = yield* Effect.promise(() => import("../App.ts"))
    const found = yield* ArchiveClient.withClient(given, schema.status())
    yield* Console.log(given.json ? JSON.stringify(found) : describe(found))
  }, Effect.scoped)
).pipe(
  Command.withDescription(
    "Shows which migrations the archive has had, which it lacks, and whether it uses TimescaleDB."
  ),
  Command.withExamples([{ command: "migrate status --database postgres://trader@localhost/polymarket" }])
)

const up = Command.make(
  "up",
  {
    ...ArchiveClient.flags,
    timescale: Flag.Boolean("timescale").pipe(
      Flag.withDescription("Make hypertables and aggregates out of an archive that began without TimescaleDB"),
      Flag.withDefault(false)
    )
  },
  Effect.fn(function*(given) {
    const { schema } = yield* Effect.promise(() => import("../App.ts"))
    if (given.timescale) {
      const level = yield* ArchiveClient.withClient(given, schema.upgrade)
      return yield* Console.log(`the archive now has ${level}`)
    }
    const ran = yield* ArchiveClient.withClient(given, schema.migrate())
    yield* Console.log(ran.length === 0 ? "nothing to do" : ran.map(({ id, name }) => `${id} ${name}`).join("\n"))
  }, Effect.scoped)
).pipe(
  Command.withDescription("Brings the archive's schema up to date, as a run does at its start."),
  Command.withExamples([{ command: "migrate up --database postgres://trader@localhost/polymarket" }])
)

/** The schema of the archive. */
export const migrateCommand = Command.make("migrate").pipe(
  Command.withDescription("Looks at the schema of the archive, or brings it up to date."),
  Command.withSubcommands([status, up])
)

const list = (migrations: ReadonlyArray<{ readonly id: number; readonly name: string }>) =>
  migrations.length === 0 ? "none" : migrations.map(({ id, name }) => `${id} ${name}`).join(", ")

const describe = (found: {
  readonly level: string | undefined
  readonly possible: string
  readonly done: ReadonlyArray<{ readonly id: number; readonly name: string }>
  readonly missing: ReadonlyArray<{ readonly id: number; readonly name: string }>
}): string =>
  [
    `Done      ${list(found.done)}`,
    `Missing   ${list(found.missing)}`,
    `Level     ${found.level ?? "not migrated yet"}`,
    ...(found.level !== undefined && found.level !== found.possible
      ? [`The database could have ${found.possible}: migrate up --timescale`]
      : [])
  ].join("\n")
