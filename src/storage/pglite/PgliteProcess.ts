/**
 * The main thread's side of the PGlite worker: starts it, passes requests, ends it. When the worker dies every request
 * under way and every later one fails.
 */
import { Effect, Latch, Schema } from "effect"
import { setFlagsFromString } from "node:v8"
import { Worker } from "node:worker_threads"
import type { Reply, Request } from "./Protocol.ts"

/** The embedded database did not open, or its thread died. */
export class PgliteError extends Schema.TaggedError<PgliteError>()("PgliteError", { detail: Schema.String }) {
  override get message(): string {
    return `PGlite: ${this.detail}`
  }
}

/** A running worker. */
export interface PgliteProcess {
  /** Sends a request; `done` is called once, with the bytes of the answer or what went wrong. */
  readonly send: (request: Ask, done: (failure: Error | undefined, bytes: Uint8Array | undefined) => void) => void
  /** Waits until the worker is dead. */
  readonly ended: Effect.Effect<void>
  /** Ends the worker at once, as kill -9 would. */
  readonly kill: Effect.Effect<void>
}

/** A request before it has a number. */
export type Ask = { readonly kind: "connect" | "sync" | "close" } | {
  readonly kind: "message"
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Starts the worker on a folder, or on memory without one; ends it with the scope, after 2 s also when it is busy. */
export const start = (folder: string | undefined) =>
  Effect.acquireRelease(
    open(folder),
    ({ process, worker }) =>
      ask(process, { kind: "close" }).pipe(
        Effect.timeoutOption("2 seconds"),
        Effect.ignore,
        Effect.andThen(Effect.promise(() => worker.terminate()))
      )
  ).pipe(Effect.map(({ process }) => process))

/** Sends a request whose answer carries nothing. */
export const ask = (process: PgliteProcess, request: Ask): Effect.Effect<void, PgliteError> =>
  Effect.callback((resume) => {
    process.send(
      request,
      (failure) =>
        resume(failure === undefined ? Effect.void : Effect.fail(new PgliteError({ detail: failure.message })))
    )
  })

const file = new URL(`./PgliteWorker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

const open = (folder: string | undefined) =>
  Effect.callback<{ readonly worker: Worker; readonly process: PgliteProcess }, PgliteError>((resume) => {
    // Optimising the WASM takes up to 900 MB more memory than it is worth here.
    setFlagsFromString("--no-wasm-tier-up")
    setFlagsFromString("--no-wasm-dynamic-tiering")
    const worker = new Worker(file, { workerData: { folder }, execArgv: [] })
    const waiting = new Map<number, (failure: Error | undefined, bytes: Uint8Array | undefined) => void>()
    let next = 1
    const ended = Latch.makeUnsafe(false)
    let dead: Error | undefined
    const end = (reason: Error): void => {
      dead ??= reason
      ended.openUnsafe()
      resume(Effect.fail(new PgliteError({ detail: reason.message })))
      const lost = [...waiting.values()]
      waiting.clear()
      for (const done of lost) done(dead, undefined)
    }
    const process: PgliteProcess = {
      ended: ended.await,
      kill: Effect.asVoid(Effect.promise(() => worker.terminate())),
      send: (ask, done) => {
        if (dead !== undefined) return done(dead, undefined)
        const id = next++
        waiting.set(id, done)
        const request: Request = { id, ...ask }
        worker.postMessage(request, ask.kind === "message" ? [ask.bytes.buffer] : [])
      }
    }
    worker.on("error", end)
    worker.on("exit", (code) => end(new Error(`its thread ended with ${code}`)))
    worker.on("message", ({ bytes, failure, id }: Reply) => {
      if (id === 0) {
        if (failure === undefined) return resume(Effect.succeed({ worker, process }))
        end(new Error(failure))
        return void worker.terminate()
      }
      const done = waiting.get(id)
      waiting.delete(id)
      done?.(failure === undefined ? undefined : new Error(failure), bytes)
    })
    return Effect.promise(() => worker.terminate())
  })
