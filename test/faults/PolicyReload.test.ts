/** Policies exchanged under load, as their files change: how long events wait, that none sees two sets, that what is unchanged goes on, that mistakes never count. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Latch, Layer, Queue, Result } from "effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import * as App from "../../src/App.ts"
import { Dispatcher } from "../../src/engine/Dispatcher.ts"
import { Engine } from "../../src/engine/Engine.ts"
import { Journal, type JournalRecord } from "../../src/engine/Journal.ts"
import { Notifier } from "../../src/engine/Notifier.ts"
import { Evaluator } from "../../src/engine/policy/Evaluate.ts"
import * as Load from "../../src/engine/policy/Load.ts"
import { Policies, PolicyEngine } from "../../src/engine/PolicyEngine.ts"
import * as PolicyWatch from "../../src/engine/PolicyWatch.ts"
import { Settings } from "../../src/Settings.ts"
import { folder as temporary, start } from "../e2e/Program.ts"
import { assets, Log, nowhere, share, walk } from "./policy/Flow.ts"
import { mistakes } from "./policy/Mistakes.ts"
import { samples } from "./policy/Samples.ts"
import { randomOf } from "./Wounds.ts"

const compile = { defaultSlippage: undefined, validFor: 2_000 }

const files = 10
const policiesOfFile = 20
const eventsPerSecond = 5_000
const reloads = 100
/** Events published together, when the machine had no time for some. */
const mostTogether = 50

/** A file of policies: crossings, levels with a cooldown, windows, holds; `word` is in the messages of every second one. */
const textOf = (file: number, word: string) =>
  `policies:\n${
    Array.from({ length: policiesOfFile }, (_, at) => {
      const asset = `"${1_000 + (file * policiesOfFile + at) * 2 % assets}"`
      const conditions = [
        `{ field: price, asset: ${asset}, operator: crosses_above, value: 0.5 }`,
        `{ field: price, asset: ${asset}, operator: ">", value: 0.7 }`,
        `{ all: [{ field: price, asset: ${asset}, operator: ">", value: 0.6 }, { field: price, asset: ${asset}, operator: "<", value: 0.8, window: { duration: 10s, aggregation: avg } }] }`,
        `{ field: price, asset: ${asset}, operator: crosses_below, value: 0.4 }`
      ][at % 4]
      return `  - id: p_${file}_${at}
    cooldown: 2s
    conditions: ${conditions}
    actions: [{ type: notification, channel: console, template: "${at % 2 === 0 ? "same" : word} {{ event.price }}" }]
`
    }).join("")
  }`

/** The engine on memory with the policies of a folder, which it watches. */
const running = <A, E, R>(
  folder: string,
  options: { readonly every: number | undefined; readonly settle: number },
  body: (world: {
    readonly journaled: ReadonlyArray<JournalRecord>
    /** How many sets have taken over, and how many were refused. */
    readonly counts: () => { readonly reloads: number; readonly refusals: number }
    readonly ask: Effect.Effect<unknown>
    /** Waits until one more has taken over or was refused. */
    readonly next: Effect.Effect<void>
  }) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function*() {
    const signature = yield* App.policySignature(folder)
    const inForce = yield* Load.loadFolder(folder, compile)
    const journaled: Array<JournalRecord> = []
    const turn = Latch.makeUnsafe(false)
    const isRefusal = (record: JournalRecord) => record._tag === "Audit" && record.kind === "reload-refused"
    const journal = Journal.of({
      append: (records) =>
        Effect.sync(() => {
          journaled.push(...records)
          if (records.some(isRefusal)) turn.openUnsafe()
        }),
      recovered: []
    })
    const layer = App.policyFolder({ folder, compile, inForce }).pipe(
      Layer.provideMerge(App.paper),
      Layer.provideMerge(Layer.succeed(Journal, journal)),
      Layer.provideMerge(Layer.mergeAll(
        App.storesInMemory,
        nowhere,
        Layer.succeed(Notifier, Notifier.of({ notify: () => Effect.void })),
        Settings.layerDefault,
        Layer.succeed(Policies, inForce)
      ))
    )
    const audited = (kind: string) =>
      journaled.filter((record) => record._tag === "Audit" && record.kind === kind).length
    return yield* Effect.gen(function*() {
      const engine = yield* Engine
      yield* engine.start
      const asked = yield* Queue.sliding<void>(1)
      yield* Effect.forkScoped(PolicyWatch.watch({ ...options, from: signature, asked, onReload: () => turn.open }))
      const done = yield* body({
        journaled,
        counts: () => ({ reloads: audited("reload"), refusals: audited("reload-refused") }),
        ask: Queue.offer(asked, undefined),
        next: Effect.andThen(turn.await, Effect.sync(() => turn.closeUnsafe()))
      })
      yield* engine.stop
      return done
    }).pipe(Effect.scoped, Effect.provide(layer))
  }).pipe(Effect.provide(NodeServices.layer))

const freshFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "policies-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** How long events were held up, ms: on the clock, and by this thread's own work. */
interface Pause {
  readonly computed: number
  readonly waited: number
}

describe("policies that change while the engine runs", () => {
  it.live(
    "POL-6 100 reloads in a minute at 5,000 events a second: one set an event, memory kept, short pauses",
    () =>
      Effect.gen(function*() {
        const folder = yield* freshFolder
        const write = (file: number, word: string) =>
          Effect.sync(() => writeFileSync(join(folder, `${file}.yaml`), textOf(file, word)))
        for (let file = 0; file < files; file++) yield* write(file, "first")
        const initial = yield* Load.loadFolder(folder, compile).pipe(Effect.provide(NodeServices.layer))
        const { journaled, late, log, quiet, took } = yield* running(folder, { every: 250, settle: 100 }, (world) =>
          Effect.gen(function*() {
            const dispatcher = yield* Dispatcher
            const log = new Log()
            const recorder = yield* dispatcher.subscribe({
              name: "recorder",
              capacity: 100_000,
              overflow: "dropNewest"
            })
            yield* Effect.forkScoped(
              recorder.forEach((events) =>
                events.forEach((event) =>
                  log.add(event)
                )
              ),
              {
                startImmediately: true
              }
            )
            const nextEvent = walk()
            /** The longest that an event has waited since this was last emptied, and the most that this thread has computed meanwhile, ms. */
            let waited = 0
            let computed = 0
            let before = process.threadCpuUsage()
            const begun = performance.now()
            let sent = 0
            const sender = yield* Effect.forkScoped(Effect.gen(function*() {
              while (true) {
                const { system, user } = process.threadCpuUsage(before)
                computed = Math.max(computed, (system + user) / 1_000)
                before = process.threadCpuUsage()
                const due = Math.min(
                  Math.floor((performance.now() - begun) / 1_000 * eventsPerSecond),
                  sent + mostTogether
                )
                if (due > sent) {
                  const events = Array.from({ length: due - sent }, nextEvent)
                  dispatcher.publish({ events, arrivedAt: performance.now() })
                  // Events that are decided on within the publish: the first of them was due this long ago.
                  waited = Math.max(waited, performance.now() - begun - (sent + 1) / eventsPerSecond * 1_000)
                  sent = due
                }
                yield* Effect.sleep(1)
              }
            }))
            const measure = Effect.sync(() => {
              const longest: Pause = { computed, waited }
              waited = computed = 0
              return longest
            })
            yield* Effect.sleep(2_000)
            yield* measure
            const quiet: Array<Pause> = []
            for (let round = 0; round < 20; round++) {
              yield* Effect.sleep(500)
              quiet.push(yield* measure)
            }
            const late: Array<Pause> = []
            const start = performance.now()
            for (let round = 0; round < reloads; round++) {
              yield* write(round % files, `word${round}`)
              yield* world.next
              yield* Effect.sleep(20)
              late.push(yield* measure)
            }
            const took = performance.now() - start
            yield* Effect.sleep(1_000)
            yield* Fiber.interrupt(sender)
            assert.deepStrictEqual(world.counts(), { reloads, refusals: 0 })
            return { journaled: world.journaled, late, log, quiet, took }
          }))
        assert.strictEqual(log.reloads.length, reloads)
        // Every firing is of the set that was in force at its event.
        let inForce: Readonly<Record<string, string>> = Object.fromEntries(
          initial.map(({ id, revision }) => [id, revision])
        )
        let next = 0
        const firings = journaled.flatMap((record) => (record._tag === "Firing" ? [record] : []))
        const changing = firings.filter(({ policyId }) => Number(policyId.split("_")[2]) % 2 === 1)
        for (const { eventId, policyId, revision } of firings) {
          while ((log.reloads[next]?.id ?? Infinity) < eventId) inForce = log.reloads[next++]?.revisions ?? inForce
          assert.strictEqual(revision, inForce[policyId])
        }
        assert.isAbove(new Set(changing.map(({ revision }) => revision)).size, reloads)
        // All conditions stay what they are, so all firings are those of an engine that never reloaded.
        const alone = new Evaluator(initial, 1_000)
        const wanted: Array<string> = []
        for (const event of log.events()) {
          for (const { assetId, policyId } of alone.take(event)) wanted.push(`${event.id} ${policyId} ${assetId}`)
        }
        assert.deepStrictEqual(
          firings.map(({ assetId, eventId, policyId }) => `${eventId} ${policyId} ${assetId}`),
          wanted
        )
        assert.isAbove(wanted.length, 1_000)
        const describe = (pauses: ReadonlyArray<Pause>) => {
          const of = (kind: keyof Pause) => pauses.map((pause) => pause[kind]).toSorted((a, b) => a - b)
          return {
            computed: share(of("computed"), 0.99),
            waited: share(of("waited"), 0.99),
            median: share(of("waited"), 0.5)
          }
        }
        const pause = describe(late)
        yield* Effect.logInfo({
          events: log.length,
          firings: firings.length,
          seconds: took / 1_000,
          p99: pause,
          without: describe(quiet)
        })
        assert.isBelow(took, 240_000)
        // The aim is 20 ms. What other programs take of the machine is not counted; what their caches cost is, so there is room for four times as much.
        assert.isBelow(pause.computed, 80)
      }).pipe(Effect.scoped),
    400_000
  )

  it.live(
    "POL-5 500 files with a mistake each never take effect, whole files beside them included",
    () =>
      Effect.gen(function*() {
        const folder = yield* freshFolder
        const random = randomOf(41)
        const [sample = ""] = samples
        const other = samples.slice(1)
        writeFileSync(join(folder, "a.yaml"), sample)
        const made = yield* running(folder, { every: undefined, settle: 1 }, ({ ask, counts, next }) =>
          Effect.gen(function*() {
            const policies = yield* PolicyEngine
            const before = [...policies.look().evaluator.revisions()]
            let made = 0
            while (made < 500) {
              const [, mistake] = mistakes[random(mistakes.length)] as typeof mistakes[number]
              const wrong = mistake(other[random(other.length)] as string, random)
              if (
                wrong === undefined || Result.isSuccess(Load.compileAll([{ file: "b.yaml", text: wrong }], compile))
              ) {
                continue
              }
              made++
              writeFileSync(join(folder, "a.yaml"), `${sample}# another look\n`)
              writeFileSync(join(folder, "b.yaml"), wrong)
              yield* ask
              yield* next
              assert.deepStrictEqual([...policies.look().evaluator.revisions()], before)
            }
            assert.deepStrictEqual(counts(), { reloads: 0, refusals: 500 })
            writeFileSync(join(folder, "b.yaml"), other[0] as string)
            yield* ask
            yield* next
            assert.isAbove(policies.look().evaluator.revisions().size, before.length)
            return made
          }))
        assert.strictEqual(made, 500)
      }).pipe(Effect.scoped),
    240_000
  )

  it.live(
    "POL-5 POL-6 run: an edited file takes over, a broken one is told with its place, SIGHUP looks at once",
    () =>
      Effect.gen(function*() {
        const data = yield* temporary
        const folder = yield* freshFolder
        const write = (word: string) =>
          Effect.sync(() =>
            writeFileSync(
              join(folder, "a.yaml"),
              `policies:
  - id: talker
    cooldown: 1s
    conditions: { field: price, operator: ">", value: 0 }
    actions: [{ type: notification, channel: console, template: ${word} }]
`
            )
          )
        yield* write("first")
        const run = yield* start("run", "--sim", "--policies", folder, "--data", data, "--json")
        const says = (word: string) => run.line("stderr", (line) => line.includes(word), 60)
        yield* says("first")
        yield* write("second")
        yield* says("second")
        yield* write("[]")
        const told = yield* says("a.yaml:5:")
        assert.match(told, /ERROR/)
        yield* write("third")
        yield* run.kill("SIGHUP")
        yield* says("third")
        yield* run.kill("SIGTERM")
        assert.strictEqual(yield* run.exit(), 0)
        assert.isAbove(JSON.parse(run.stdout()).events.PolicyReload, 2)
      }).pipe(Effect.scoped),
    240_000
  )
})
