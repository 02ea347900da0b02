/** What the commands that speak to a running engine have in common: its data folder, who asks, and its failures as people read them. */
import { Effect } from "effect"
import { Flag } from "effect/cli"
import * as ControlSocket from "../../api/ControlSocket.ts"
import * as Exit from "../Exit.ts"

/** The data folder of the engine that is meant. */
export const data = Flag.String("data").pipe(
  Flag.withDescription("Data folder of the engine that is meant"),
  Flag.withDefault("data")
)

/** Print JSON. */
export const json = Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))

/** Whether a failure is that no engine listens. */
const isAbsent = (error: unknown): boolean => {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 6; at = at.cause, depth++) {
    if (["ENOENT", "ECONNREFUSED"].includes(String(Reflect.get(at, "code")))) return true
    const reason: unknown = Reflect.get(at, "reason")
    if (reason instanceof Error && reason !== at && isAbsent(reason)) return true
  }
  return false
}

const said = new Set(["UnknownPolicy", "UnknownAsset"])

const messageOf = (error: unknown): string =>
  error instanceof Error && error.message !== "" ? error.message : String(error)

/** No engine runs on a data folder. */
export const absent = (folder: string) =>
  new Exit.Failed({
    code: Exit.unavailable,
    message: `no engine runs on ${folder}: start one with run --data ${folder}, or name another folder with --data`
  })

/** Asks the engine of a data folder; `undefined` when none runs there. */
export const askIfThere = <A, E>(
  folder: string,
  run: (api: Effect.Success<typeof ControlSocket.client>) => Effect.Effect<A, E>
): Effect.Effect<A | undefined, Exit.Failed> =>
  ControlSocket.withClient(folder, run).pipe(
    Effect.timeoutOrElse({
      duration: "10 seconds",
      orElse: () =>
        Effect.fail(
          new Exit.Failed({
            code: Exit.unavailable,
            message: `the engine on ${folder} does not answer within 10 seconds`
          })
        )
    }),
    Effect.catch((error: unknown) => {
      if (error instanceof Exit.Failed) return Effect.fail(error)
      if (isAbsent(error)) return Effect.succeed(undefined)
      const tag = typeof error === "object" && error !== null ? String(Reflect.get(error, "_tag")) : ""
      return Effect.fail(
        new Exit.Failed({ code: said.has(tag) ? Exit.usage : Exit.unavailable, message: messageOf(error) })
      )
    })
  )

/** Asks the engine of a data folder, which has to run. */
export const ask = <A, E>(
  folder: string,
  run: (api: Effect.Success<typeof ControlSocket.client>) => Effect.Effect<A, E>
) =>
  Effect.flatMap(
    askIfThere(folder, run),
    (answer) => answer === undefined ? Effect.fail(absent(folder)) : Effect.succeed(answer)
  )
