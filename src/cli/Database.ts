/** Which database holds the archive: a server whose address is given, or the embedded one of a data folder. */
import { Config, Effect, Option, Redacted } from "effect"
import { Flag } from "effect/cli"
import * as Exit from "./Exit.ts"

/** The address of a server. */
export const flag = Flag.String("database").pipe(
  Flag.withDescription(
    "Archive on this PostgreSQL server (postgres://user@host/name, with TimescaleDB if it has it) instead of the data folder; " +
      "DATABASE_URL does the same, and keeps a password off the command line"
  ),
  Flag.optional
)

/** The address that was given, or that of the environment; `undefined` for the embedded database. */
export const address = Effect.fnUntraced(function*(given: Option.Option<string>) {
  const text = Option.isSome(given)
    ? Option.some(Redacted.make(given.value))
    : yield* Effect.orDie(Config.option(Config.Redacted("DATABASE_URL")))
  if (Option.isNone(text) || Redacted.value(text.value) === "") return undefined
  if (!/^postgres(?:ql)?:\/\//.test(Redacted.value(text.value))) {
    return yield* new Exit.Failed({
      code: Exit.usage,
      message: "expected the address of a database, postgres://user@host/name, found something else"
    })
  }
  return text.value
})
