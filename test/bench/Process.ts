/** Programs a bench runs beside itself, one question and one answer at a time. They end with the scope. */
import { Effect, type Scope } from "effect"
import { type ChildProcess, fork } from "node:child_process"
import process from "node:process"

/** A running program. */
export interface Process {
  /** Sends a message and waits for the answer. */
  readonly ask: <A>(message: object) => Effect.Effect<A>
}

/** Starts a file; it answers for the first time when it is ready. */
export const start = (
  file: string,
  args: ReadonlyArray<string> = []
): Effect.Effect<Process, never, Scope.Scope> =>
  Effect.gen(function*() {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        fork(new URL(file, import.meta.url), [...args], {
          execArgv: [...process.execArgv],
          stdio: ["ignore", "ignore", "inherit", "ipc"]
        })
      ),
      stop
    )
    yield* answer(child, () => {})
    return {
      ask: <A>(message: object) => answer(child, () => child.send(message)) as Effect.Effect<A>
    }
  })

/** A program ends when nobody is left to ask. */
const stop = (child: ChildProcess): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (!child.connected) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
    child.disconnect()
  })

const answer = (child: ChildProcess, ask: () => void): Effect.Effect<unknown> =>
  Effect.callback((resume) => {
    const onMessage = (reply: unknown) => {
      child.off("exit", onExit)
      resume(Effect.succeed(reply))
    }
    const onExit = (code: number | null) => {
      child.off("message", onMessage)
      resume(Effect.die(new Error(`${child.spawnargs.at(-1)} ended with ${code} instead of an answer`)))
    }
    child.once("message", onMessage)
    child.once("exit", onExit)
    ask()
  })

/** Inside such a program: says that it is ready, then answers every message. */
export const serve = (handle: (message: never) => Promise<unknown>): void => {
  const reply = (value: unknown): void => void process.send?.(value ?? {})
  process.on("message", (message) => void handle(message as never).then(reply, fail))
  process.on("disconnect", () => process.exit(0))
  reply({})
}

const fail = (error: unknown): void => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
}
