import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Redis } from "ioredis"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { isInstalled, server } from "../storage/redis/server.ts"
import { asset } from "../suites/stateManagerSuite.ts"
import { proxy } from "./archive/Proxy.ts"
import { type Followed, hot, quiet, rate, type Written } from "./state/Told.ts"

const megabyte = 1_048_576

/** A process that tells lines of JSON; killed with the scope. */
const running = <A>(program: string, port: number, flags: ReadonlyArray<string> = []) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const told: Array<A> = []
      const child = spawn(
        process.execPath,
        [...flags, "--import", "tsx", join(import.meta.dirname, "state", program), `redis://127.0.0.1:${port}`],
        { stdio: ["ignore", "pipe", "inherit"] }
      )
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (line.startsWith("{")) told.push(JSON.parse(line) as A)
      })
      return { child, told }
    }),
    ({ child }) =>
      Effect.promise(async () => {
        const ended = once(child, "exit")
        child.kill("SIGCONT")
        child.kill("SIGKILL")
        await ended
      })
  )

/** Waits until something is so; how long that took, ms. */
const until = (what: string, look: () => boolean | Promise<boolean>, limit: number) =>
  Effect.gen(function*() {
    const began = performance.now()
    while (!(yield* Effect.promise(async () => look()))) {
      if (performance.now() - began > limit) return yield* Effect.die(new Error(`${what}: not within ${limit} ms`))
      yield* Effect.sleep("20 millis")
    }
    return performance.now() - began
  })

// Nowhere else may it be missing.
describe.skipIf(!isInstalled && process.env["CI"] !== "true")("State with a Redis in trouble", () => {
  it.live(
    "STA-1 Redis may be away, dead, stopped or cut off: reads and memory do not change, and it gets everything",
    () =>
      Effect.gen(function*() {
        const redis = yield* server
        yield* redis.kill
        const between = yield* proxy(redis.port)
        // The heap held small, so that the memory taken is the memory needed.
        const writer = yield* running<Written>("writer.ts", between.port, [
          "--max-semi-space-size=4",
          "--max-old-space-size=96"
        ])
        const last = () => writer.told.at(-1) ?? { published: 0, lastId: 0, rss: 0, readMicros: 0 }
        const figures: Array<Record<string, unknown>> = []
        let base = 0

        /** Everything is in Redis as new as now; how long that takes. */
        const resynced = Effect.gen(function*() {
          const admin = yield* Effect.acquireRelease(
            Effect.sync(() => new Redis(redis.port, "127.0.0.1")),
            (connection) => Effect.sync(() => connection.disconnect())
          )
          const { lastId } = last()
          const keys = Array.from({ length: hot + quiet }, (_, index) => `polymarket:price:${asset(index)}`)
          return yield* until("resynced", async () => {
            const texts = await admin.mget(keys)
            return texts.every((text, index) =>
              text !== null && (index >= hot || Number(/^\{"version":(\d+)/.exec(text)?.[1]) > lastId)
            )
          }, 4 * 2_000)
        }).pipe(Effect.scoped)

        /** What the engine did during a fault. */
        const during = Effect.fnUntraced(function*(
          fault: string,
          begin: Effect.Effect<void>,
          wait: Effect.Effect<void>,
          end: Effect.Effect<void>
        ) {
          const from = writer.told.length
          const { published } = last()
          const began = performance.now()
          yield* begin
          yield* wait
          const perSecond = (last().published - published) / (performance.now() - began) * 1_000
          yield* end
          const resync = yield* resynced
          const seen = writer.told.slice(from)
          const reads = Math.max(...seen.map(({ readMicros }) => readMicros))
          const memory = Math.max(...seen.map(({ rss }) => rss))
          if (base === 0) base = memory
          figures.push({ fault, perSecond, resync, reads, memory: (memory - base) / megabyte })
          assert.isAbove(perSecond, rate * 0.8, fault)
        })

        yield* until("started", () => writer.told.length > 0, 30_000)
        yield* during("absent at start", Effect.void, Effect.sleep("8 seconds"), redis.start)
        yield* during("none", Effect.void, Effect.sleep("4 seconds"), Effect.void)
        base = Math.max(...writer.told.slice(-8).map(({ rss }) => rss))
        yield* during("stopped", redis.pause, Effect.sleep("30 seconds"), redis.resume)
        yield* during("killed", redis.kill, Effect.sleep("8 seconds"), redis.start)
        let cuts = 0
        yield* during(
          "cut off",
          Effect.void,
          Effect.forEach(
            Array.from({ length: 25 }),
            () => Effect.andThen(Effect.sync(() => void (cuts += between.reset())), Effect.sleep("200 millis")),
            {
              discard: true
            }
          ),
          Effect.void
        )
        yield* Effect.log(figures)
        assert.isAbove(cuts, 5)
        for (const { memory, reads } of figures.slice(1)) {
          assert.isAtMost(Number(memory), 20)
          assert.isAtMost(Number(reads), 50)
        }
      }).pipe(Effect.scoped),
    240_000
  )

  it.live(
    "STA-3 a follower that stood still for twenty seconds serves nothing old as new, and catches up",
    () =>
      Effect.gen(function*() {
        const redis = yield* server
        const writer = yield* running<Written>("writer.ts", redis.port)
        const reader = yield* running<Followed>("reader.ts", redis.port)
        const knowsAll = (lastId: number) =>
          until("knows", () => (reader.told.at(-1)?.oldestId ?? 0) > lastId, 4 * 5_000)
        yield* until("started", () => writer.told.length > 4, 30_000)
        yield* knowsAll(writer.told.at(-1)?.lastId ?? 0)
        reader.child.kill("SIGSTOP")
        yield* Effect.sleep("20 seconds")
        const { lastId } = writer.told.at(-1) ?? { lastId: 0 }
        assert.isBelow(reader.told.at(-1)?.oldestId ?? Infinity, lastId)
        reader.child.kill("SIGCONT")
        const took = yield* knowsAll(lastId)
        yield* Effect.sleep("3 seconds")
        const { looks, stale } = reader.told.at(-1) ?? { looks: 0, stale: -1 }
        yield* Effect.log({ took, looks, stale })
        assert.strictEqual(stale, 0)
      }).pipe(Effect.scoped),
    120_000
  )
})
