/** Where the venue is: the real one, or what a file says (the line that `simulate --json` prints). */
import { Effect, FileSystem, Option, Schema } from "effect"
import { Flag } from "effect/cli"
import { Endpoints, liveEndpoints } from "../client/polymarket/EndpointsSchema.ts"
import type { Reason } from "../domain/Failure.ts"
import * as Exit from "./Exit.ts"

/** Fails the program with a code and a message. */
export const fail = (code: number, message: string) => Effect.fail(new Exit.Failed({ code, message }))

/** A file's text, or the end of the program. */
export const readFile = (file: string, code: number) =>
  Effect.flatMap(FileSystem.FileSystem, (files) => files.readFileString(file)).pipe(
    Effect.catch((error) => fail(code, `${file} cannot be read: ${error.message}`))
  )

/** The addresses in a file, or the real ones without a file. */
export const addresses = Effect.fnUntraced(function*(file: string | undefined) {
  if (file === undefined) return liveEndpoints as Endpoints
  const text = yield* readFile(file, Exit.usage)
  return yield* Schema.decodeUnknownEffect(Schema.fromJsonString(Endpoints))(text).pipe(
    Effect.catch((error) => fail(Exit.usage, `${file}: ${error.message}`))
  )
})

/** The flag that names such a file. */
export const endpointsFlag = Flag.String("endpoints").pipe(
  Flag.withDescription("Take the venue's addresses from this file instead of the real venue"),
  Flag.optional,
  Flag.map(Option.getOrUndefined)
)

/** One surface's address. */
export const addressOf = Effect.fnUntraced(function*(file: string | undefined, surface: keyof Endpoints) {
  const found = (yield* addresses(file))[surface]
  return typeof found === "string"
    ? found
    : yield* fail(Exit.usage, `${file ?? "the venue"} has no address of ${surface}`)
})

/** Ends the program over a client's failure: 69 when the venue could not be reached, 1 when it said no. */
export const failWith = (error: { readonly message: string; readonly reason: Reason }) =>
  fail(error.reason._tag === "Unavailable" || error.reason._tag === "RateLimited" ? Exit.unavailable : 1, error.message)
