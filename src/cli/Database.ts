/** Which servers are used: one for the archive instead of the embedded database of a data folder, and one for the state. */
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

/** The address of a Redis. */
export const redisFlag = Flag.String("redis").pipe(
  Flag.withDescription(
    "Write the state (prices, books, positions) to this Redis, for other processes (redis://host:port); REDIS_URL does the same, and keeps a " +
      "password off the command line"
  ),
  Flag.optional
)

interface Kind {
  readonly variable: string
  readonly form: RegExp
  readonly expected: string
}

const postgres: Kind = {
  variable: "DATABASE_URL",
  form: /^postgres(?:ql)?:\/\//,
  expected: "the address of a database, postgres://user@host/name"
}
const redis: Kind = {
  variable: "REDIS_URL",
  form: /^rediss?:\/\//,
  expected: "the address of a Redis, redis://host:port"
}

const addressOf = (kind: Kind) =>
  Effect.fnUntraced(function*(given: Option.Option<string>) {
    const text = Option.isSome(given)
      ? Option.some(Redacted.make(given.value))
      : yield* Effect.orDie(Config.option(Config.Redacted(kind.variable)))
    if (Option.isNone(text) || Redacted.value(text.value) === "") return undefined
    if (kind.form.test(Redacted.value(text.value))) return text.value
    return yield* new Exit.Failed({ code: Exit.usage, message: `expected ${kind.expected}, found something else` })
  })

/** The database's address that was given, or that of the environment; `undefined` for the embedded one. */
export const address = addressOf(postgres)

/** The Redis's address that was given, or that of the environment; `undefined` when the state stays in this process. */
export const redisAddress = addressOf(redis)
