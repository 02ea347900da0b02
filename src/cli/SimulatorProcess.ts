/** The simulator as a child process, for `run --sim`: started, asked where it listens, and ended with the scope or with us. */
import { Effect, Schema } from "effect"
import { spawn } from "node:child_process"
import process from "node:process"
import { createInterface } from "node:readline"
import { Endpoints } from "../client/polymarket/EndpointsSchema.ts"
import * as Exit from "./Exit.ts"

const decodeLine = Schema.decodeUnknownEffect(Schema.fromJsonString(Endpoints))

/** The longest a simulator may take to listen, s. */
const patience = "20 seconds"

/** Starts a simulator and returns its surfaces. It has its own process group, and ends when we do, however we do. */
export const start = Effect.gen(function*() {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, [...process.execArgv, process.argv[1] ?? "", "simulate", "--json"], {
        stdio: ["ignore", "pipe", "inherit", "ipc"],
        detached: true
      })
    ),
    (running) => Effect.sync(() => void running.kill("SIGTERM"))
  )
  const line = yield* Effect.callback<string, Exit.Failed>((resume) => {
    const fail = (message: string) => resume(Effect.fail(new Exit.Failed({ code: Exit.unavailable, message })))
    child.once("error", (error) => fail(`the simulator did not start: ${error.message}`))
    child.once("exit", (code) => fail(`the simulator ended with code ${code} before it listened`))
    createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }).once(
      "line",
      (text) => resume(Effect.succeed(text))
    )
  }).pipe(
    Effect.timeoutOrElse({
      duration: patience,
      orElse: () =>
        Effect.fail(
          new Exit.Failed({ code: Exit.unavailable, message: `the simulator did not listen within ${patience}` })
        )
    })
  )
  return yield* decodeLine(line).pipe(
    Effect.mapError((error) =>
      new Exit.Failed({
        code: Exit.unavailable,
        message: `the simulator said something else than its addresses: ${error.message}`
      })
    )
  )
})
