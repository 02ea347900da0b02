/**
 * A connection to Redis that never makes anybody wait: no queue while it is away, a deadline for every command, reconnecting for ever. Errors
 * carry no address, which may hold a password.
 */
import { Effect, Redacted, Schema } from "effect"
import { Redis as Connection } from "ioredis"

/** Redis did not answer, or refused. */
export class RedisError extends Schema.TaggedError<RedisError>()("RedisError", { detail: Schema.String }) {
  override get message(): string {
    return `Redis: ${this.detail}`
  }
}

/** How long a command may take, ms. */
export const commandTimeout = 250

/** A connection, closed with the scope. `onReady` is called each time it can be used. */
export const connect = (url: Redacted.Redacted, onReady: (connection: Connection) => void) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const connection = new Connection(Redacted.value(url), {
        enableOfflineQueue: false,
        autoResendUnfulfilledCommands: false,
        maxRetriesPerRequest: 0,
        commandTimeout,
        connectTimeout: 1_000,
        // Told below; without a listener an error would end the process.
        retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), 1_000),
        lazyConnect: false
      })
      connection.on("error", () => {})
      connection.on("ready", () => onReady(connection))
      return connection
    }),
    (connection) => Effect.sync(() => connection.disconnect())
  )

/** Runs a command. */
export const attempt = <A>(run: () => Promise<A>): Effect.Effect<A, RedisError> =>
  Effect.tryPromise({
    try: run,
    catch: (error) => new RedisError({ detail: error instanceof Error ? error.message : String(error) })
  })
