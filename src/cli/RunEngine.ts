/**
 * What `run` does: reads settings and policies, finds the venue, composes the layers, starts the sources, tells how it is going,
 * and stops in order. Loaded only when it runs.
 */
import { Console, Duration, Effect, FiberSet, FileSystem, Layer, type Redacted } from "effect"
import process from "node:process"
import * as App from "../App.ts"
import * as Http from "../client/Http.ts"
import { Clob } from "../client/polymarket/Clob.ts"
import type { Endpoints } from "../client/polymarket/EndpointsSchema.ts"
import { Gamma } from "../client/polymarket/Gamma.ts"
import { Engine } from "../engine/Engine.ts"
import { EventClock } from "../engine/EventClock.ts"
import * as Sources from "../engine/ingestor/All.ts"
import { Notifier } from "../engine/Notifier.ts"
import * as Channels from "../engine/notifier/Channels.ts"
import type { CompiledPolicy } from "../engine/policy/Compile.ts"
import * as Load from "../engine/policy/Load.ts"
import { Policies } from "../engine/PolicyEngine.ts"
import * as PolicyWatch from "../engine/PolicyWatch.ts"
import { Workers } from "../engine/Workers.ts"
import * as SettingsModule from "../Settings.ts"
import * as Connect from "./Connect.ts"
import * as Exit from "./Exit.ts"
import * as MoreSources from "./MoreSources.ts"
import * as Record from "./RecordTold.ts"
import { compileOptions, readSettings } from "./SettingsFile.ts"
import * as Signals from "./Signals.ts"
import * as SimulatorProcess from "./SimulatorProcess.ts"
import * as Summary from "./Summary.ts"
import { addresses, fail } from "./Venue.ts"

/** What was asked for. */
export interface RunOptions {
  readonly sim: boolean
  readonly endpoints: string | undefined
  readonly markets: ReadonlyArray<string> | undefined
  readonly top: number | undefined
  /** Absent: `policies`, which need not exist. */
  readonly policies: string | undefined
  readonly config: string | undefined
  readonly data: string
  /** The address of a PostgreSQL server; absent: the archive is embedded. */
  readonly database: Redacted.Redacted | undefined
  /** A folder for the frames as they came. */
  readonly record: string | undefined
  /** The address of a Redis to write the state to; absent: the state stays in this process. */
  readonly redis: Redacted.Redacted | undefined
  /** ms; absent: until told to stop. */
  readonly for: number | undefined
  readonly json: boolean
  readonly verifyBooks: boolean
}

const findVenue = Effect.fnUntraced(function*(options: RunOptions) {
  return options.sim ? yield* SimulatorProcess.start : yield* addresses(options.endpoints)
})

/** The surfaces that `run` cannot do without. */
const needed = (endpoints: Endpoints) => {
  const { clob, gamma, marketSocket } = endpoints
  return clob === undefined || gamma === undefined || marketSocket === undefined
    ? fail(Exit.usage, "expected addresses of clob, gamma and marketSocket in the endpoints")
    : Effect.succeed({ ...endpoints, clob, gamma, marketSocket })
}

/** Warns of policies whose messages will not be delivered. */
const warnOf = (channels: Channels.Channels) => (policies: ReadonlyArray<CompiledPolicy>) =>
  Effect.forEach(
    policies.flatMap(({ channels: named, id }) =>
      [...new Set(named)].flatMap((channel) => channels.has(channel) ? [] : [{ channel, id }])
    ),
    ({ channel, id }) =>
      Effect.logWarning(`policy ${id} notifies ${channel}: its messages will fail; ${Channels.adviceFor(channel)}`),
    { discard: true }
  )

/** Runs until the time is up or somebody says stop. */
export const run = Effect.fnUntraced(function*(options: RunOptions) {
  const settings = yield* readSettings(options.config)
  const folder = options.policies ?? "policies"
  if (options.policies !== undefined && !(yield* Effect.orDie((yield* FileSystem.FileSystem).exists(folder)))) {
    return yield* fail(Exit.badData, `${folder}: no such folder of policies`)
  }
  const channels = yield* Channels.read(settings).pipe(
    Effect.catch((error) => fail(Exit.badData, error.message))
  )
  const signature = yield* App.policySignature(folder)
  const compile = yield* compileOptions(settings, { isWhole: true })
  const policies = yield* Load.loadFolder(folder, compile).pipe(
    Effect.catchTag("PolicyLoadError", (error) => fail(Exit.badData, error.message)),
    Effect.catchTag("PlatformError", (error) => fail(Exit.badData, `${folder}: ${error.message}`))
  )
  const warn = warnOf(channels)
  yield* warn(policies)
  const venue = yield* Effect.flatMap(findVenue(options), needed)
  const recorded = options.record === undefined
    ? Layer.empty
    : App.recordingRun(options.record, Record.told(options.record))
  const source = App.policyFolder({ folder, compile, inForce: policies })
  const layer = Layer.mergeAll(source, App.stateMirror(options.redis), recorded, App.control(options.data)).pipe(
    Layer.provideMerge(App.paper),
    Layer.provideMerge(App.storesInFolder(options.data, options.database)),
    Layer.provideMerge(Layer.mergeAll(
      Notifier.layer(channels),
      Layer.succeed(SettingsModule.Settings, settings),
      Layer.succeed(Policies, policies),
      Layer.mergeAll(Clob.layer(venue.clob), Gamma.layer(venue.gamma)).pipe(Layer.provide(Http.layerTransport))
    ))
  )
  yield* live(options, settings, { policies, signature, warn }, venue).pipe(
    Effect.provide(layer),
    Effect.catchTag("FolderLocked", (error) => fail(Exit.locked, error.message)),
    Effect.catchTag("RecordingError", (error) => fail(Exit.usage, error.message)),
    Effect.catchTag(["SqlError", "MigrateError"], (error) => fail(Exit.unavailable, `the archive: ${error.message}`))
  )
}, Effect.scoped)

const live = Effect.fnUntraced(function*(
  options: RunOptions,
  settings: typeof SettingsModule.SettingsFile.Type,
  { policies, signature, warn }: {
    readonly policies: ReadonlyArray<CompiledPolicy>
    readonly signature: string
    readonly warn: (policies: ReadonlyArray<CompiledPolicy>) => Effect.Effect<void>
  },
  venue: Endpoints & { readonly gamma: string; readonly marketSocket: string }
) {
  const engine = yield* Engine
  const workers = yield* Workers
  const timers = yield* Sources.timers({ cron: settings.cron }).pipe(
    Effect.catch((error) => fail(Exit.badData, error.message))
  )

  const more = yield* MoreSources.make(settings, venue)
  const connection = yield* Connect.make(options, settings, policies, venue)

  const printStatus = Effect.gen(function*() {
    const every = process.stderr.isTTY ? 1_000 : 10_000
    let before = 0
    while (true) {
      yield* Effect.sleep(every)
      const summary = yield* Summary.summarize(connection.feeds())
      const events = Object.values(summary.events).reduce((sum, count) => sum + count, 0)
      const line = Summary.statusLine(summary, Math.round((events - before) / (every / 1_000)))
      before = events
      if (process.stderr.isTTY) {
        yield* Effect.sync(() => process.stderr.write(`\r\u001b[K${line.slice(0, process.stderr.columns - 1)}`))
      } else yield* Effect.logInfo(line)
    }
  })

  const finish = Effect.gen(function*() {
    yield* engine.stop
    const summary = yield* Summary.summarize(connection.feeds())
    if (process.stderr.isTTY) yield* Effect.sync(() => process.stderr.write("\r\u001b[K"))
    yield* Console.log(options.json ? JSON.stringify(summary) : Summary.describe(summary))
  })

  yield* Effect.gen(function*() {
    yield* correctClock
    yield* engine.start
    for (const source of [...timers, ...more]) yield* engine.run(source)
    yield* FiberSet.run(workers, connection.connect)
    yield* FiberSet.run(workers, printStatus)
    yield* FiberSet.run(
      workers,
      PolicyWatch.watch({
        from: signature,
        every: settings.policies.reload ? "250 millis" : undefined,
        settle: "200 millis",
        asked: yield* Signals.hangUps(Signals.isTerminal()),
        onReload: (now) => Effect.andThen(warn(now), connection.follow(now))
      })
    )
    yield* Effect.logInfo(`ready: ${policies.length} policies, paper money, data in ${options.data}`)
    const timeIsUp = options.for === undefined ? Effect.never : Effect.sleep(options.for)
    yield* Effect.raceFirst(timeIsUp, engine.watch)
  }).pipe(Effect.ensuring(Effect.orDie(finish)))

  if (options.for !== undefined && connection.feeds()?.clob.everConnected() !== true) {
    return yield* fail(Exit.unavailable, `no feed ever connected: ${yield* connection.why}. ${Connect.hint}`)
  }
})

/** Event time follows the venue's clock when ours is more than two seconds off; without an answer it stays ours. */
const correctClock = Effect.gen(function*() {
  const clob = yield* Clob
  const clock = yield* EventClock
  const correction = yield* Effect.timed(clob.time).pipe(
    Effect.timeout("2 seconds"),
    Effect.map(([asking, venueTime]) => clock.correct(venueTime + Math.round(Duration.toMillis(asking) / 2))),
    Effect.catch(() => Effect.succeed(0))
  )
  if (correction !== 0) {
    yield* Effect.logWarning(`this machine's clock is ${-correction} ms ahead of the venue's; corrected`)
  }
})
