/**
 * The program around the parts: starts sources once all consumers listen, and stops in order: sources first, then decisions,
 * orders, archive and audit, so that nothing accepted is left behind.
 */
import { Clock, Context, Effect, FiberSet, Layer, Stream } from "effect"
import { ActionExecutor } from "./ActionExecutor.ts"
import { Archiver } from "./Archiver.ts"
import { AuditLog } from "./AuditLog.ts"
import { Dispatcher } from "./Dispatcher.ts"
import type { Ingestor } from "./Ingestor.ts"
import { PolicyEngine } from "./PolicyEngine.ts"
import { Workers } from "./Workers.ts"

/** The longest a stopping engine waits for sources, orders, archive and audit together, ms. */
const patience = 7_000

export class Engine extends Context.Service<Engine, {
  /** Starts a source; it runs until the engine stops. */
  readonly run: (ingestor: Ingestor) => Effect.Effect<void>
  /** Tells the consumers what earlier runs left and which policies are in force. Once, before the first source. */
  readonly start: Effect.Effect<void>
  /** Stops the sources and waits until everything they brought is decided, carried out and stored. A repeat does nothing. */
  readonly stop: Effect.Effect<void>
  /** Waits for ever, or fails as soon as a source, a consumer or what lies between them has failed. */
  readonly watch: Effect.Effect<never>
}>()("polymarket-hft/engine/Engine") {
  static readonly layer = Layer.effect(
    Engine,
    Effect.gen(function*() {
      const dispatcher = yield* Dispatcher
      const policies = yield* PolicyEngine
      const executor = yield* ActionExecutor
      const archiver = yield* Archiver
      const audit = yield* AuditLog
      const workers = yield* Workers
      const sources = yield* FiberSet.make<void, never>()
      let stopped = false

      const run = (ingestor: Ingestor) =>
        ingestor.batches.pipe(
          Stream.runForEach((batch) => Effect.sync(() => dispatcher.publish(batch))),
          Effect.annotateLogs({ service: ingestor.name }),
          FiberSet.run(sources),
          Effect.asVoid
        )

      const start = Effect.gen(function*() {
        yield* audit.write({ actor: "engine", kind: "start", payload: { runId: audit.runId } }).pipe(
          Effect.catch((error) => Effect.logError(error.message))
        )
        yield* policies.announce
        yield* executor.announce
      })

      const drain = Effect.gen(function*() {
        yield* policies.drain
        // What becomes of an order may be what a policy waits for.
        while (!executor.isIdle()) {
          yield* executor.drain
          yield* policies.drain
        }
        const stopped = audit.write({ actor: "engine", kind: "stop", payload: { runId: audit.runId } }).pipe(
          Effect.catch((error) => Effect.logError(error.message))
        )
        yield* Effect.all([Effect.andThen(executor.farewell, stopped), archiver.drain], {
          concurrency: 2,
          discard: true
        })
        yield* audit.flush
      })

      const stop = Effect.suspend(() => {
        if (stopped) return Effect.void
        stopped = true
        return Effect.gen(function*() {
          const began = yield* Clock.currentTimeMillis
          const drained = yield* Effect.timeoutOption(Effect.andThen(FiberSet.clear(sources), drain), patience)
          if (drained._tag === "None") {
            const waited = (yield* Clock.currentTimeMillis) - began
            yield* Effect.logWarning(`stopped after ${waited} ms with work left; the next start takes it up`)
          }
        })
      })

      return Engine.of({
        run,
        start,
        stop,
        watch: Effect.raceAllFirst([
          Effect.andThen(FiberSet.join(workers), Effect.die("a worker ended that never should")),
          // A source may come to its end.
          Effect.andThen(FiberSet.join(sources), Effect.never),
          dispatcher.watch
        ])
      })
    })
  )
}
