/** The client of the archive for commands that look into it: a server's, or the embedded one of a data folder, which no engine may be using. */
import { Effect, FileSystem, type Option } from "effect"
import { Flag } from "effect/cli"
import type { SqlClient } from "effect/sql"
import * as Database from "./Database.ts"
import * as Exit from "./Exit.ts"

/** Where the archive is. */
export const flags = {
  database: Database.flag,
  data: Flag.String("data").pipe(
    Flag.withDescription("Data folder whose archive is meant, when it is on no server"),
    Flag.withDefault("data")
  )
}

/** What was given for `flags`. */
export interface Where {
  readonly database: Option.Option<string>
  readonly data: string
}

/** Runs what needs the client, with the failures of opening and asking it as people read them. */
export const withClient = <A, E extends { readonly message: string }>(
  where: Where,
  program: Effect.Effect<A, E, SqlClient.SqlClient | FileSystem.FileSystem>
): Effect.Effect<A, Exit.Failed, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const App = yield* Effect.promise(() => import("../App.ts"))
    const url = yield* Database.address(where.database)
    const files = yield* FileSystem.FileSystem
    const folder = `${where.data}/archive`
    if (url === undefined && !(yield* Effect.orDie(files.exists(`${folder}/READY`)))) {
      return yield* new Exit.Failed({
        code: Exit.usage,
        message: `expected an archive in ${folder}, found none; a run makes one, --database names a server`
      })
    }
    return yield* program.pipe(
      Effect.provide(App.archiveClient(where.data, url)),
      Effect.mapError((error) => failureOf(error))
    )
  })

const failureOf = (error: { readonly message: string }): Exit.Failed => {
  if (error instanceof Exit.Failed) return error
  return "_tag" in error && error._tag === "FolderLocked"
    ? new Exit.Failed({
      code: Exit.locked,
      message: `${error.message}; stop it first, or archive on a server to look while it runs`
    })
    : new Exit.Failed({ code: Exit.unavailable, message: `the archive: ${error.message}` })
}
