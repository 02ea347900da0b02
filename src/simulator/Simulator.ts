/**
 * A Polymarket on loopback: accounts, Gamma, the CLOB with orders, Data, the sockets, CoinMarketCap and a control endpoint, fed by generated flow
 * or by a recording.
 */
import { Clock, Effect, type FileSystem, type PlatformError, Schedule, Schema, type Scope } from "effect"
import { format } from "../domain/Micro.ts"
import * as Accounts from "./Accounts.ts"
import * as Control from "./Control.ts"
import { type SettlementDelays, usualDelays } from "./exchange/Settlement.ts"
import type { Fault } from "./faults/Fault.ts"
import { VenueClock } from "./flow/VenueClock.ts"
import * as Gate from "./Gate.ts"
import * as Ledger from "./Ledger.ts"
import { MarketChannel } from "./MarketChannel.ts"
import { Modes } from "./Modes.ts"
import { OrderDesk } from "./OrderDesk.ts"
import * as PriceRecording from "./PriceRecording.ts"
import * as Prices from "./Prices.ts"
import type { ScenarioError } from "./Scenario.ts"
import * as Server from "./Server.ts"
import * as Source from "./Source.ts"
import * as Surfaces from "./Surfaces.ts"
import { Wallets } from "./Wallets.ts"

/** What to simulate. */
export interface Options {
  readonly seed: number
  /** How many markets the generated flow starts with. */
  readonly markets: number
  /** Frames a second over all markets, those for custom features not counted. */
  readonly rate: number
  /** 0 for a free port. */
  readonly port: number
  readonly recording?: {
    readonly file: string
    /** How many times faster than recorded. */
    readonly speed: number
  } | undefined
  /** Prices of a symbol as recorded, instead of a walk. */
  readonly prices?: {
    readonly file: string
    /** How many times faster than recorded. */
    readonly speed: number
  } | undefined
  /** A file that says what happens and when; generated flow only. */
  readonly scenario?: string | undefined
  /** The file that is told what happened; it is appended to. */
  readonly ledger?: string | undefined
  /** True: the ledger is told what the background does among itself, too. */
  readonly isLedgerWhole?: boolean | undefined
  /** How long trades take to the chain, ms; what is left out is as usual. */
  readonly settlement?: Partial<SettlementDelays> | undefined
  /** What is to go wrong from the start on. */
  readonly faults?: ReadonlyArray<Fault> | undefined
  /** How many times the venue's figures its rate limits are; infinity for none; absent: 1. */
  readonly rateLimits?: number | undefined
}

/** Where it listens, for whoever connects; addresses without trailing slash. */
export interface Endpoints {
  readonly clob: string
  readonly gamma: string
  readonly data: string
  readonly marketSocket: string
  readonly userSocket: string
  readonly rtds: string
  readonly polybolt: string
  readonly sports: string
  readonly coinmarketcap: string
  readonly geoblock: string
  readonly control: string
  readonly accounts: ReadonlyArray<Accounts.Account>
}

/** A running simulator. */
export interface Simulator {
  readonly endpoints: Endpoints
  /** What had to be assumed about a recording, a sentence each. */
  readonly assumptions: ReadonlyArray<string>
}

/** The ledger's file cannot be written. */
export class LedgerError extends Schema.TaggedError<LedgerError>()("LedgerError", {
  file: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.file} cannot be written: ${this.detail}`
  }
}

/** How often frames are sent: what has become due goes out in one write per socket. */
const beat = "4 millis"

/** Starts a simulator that lives as long as the scope. */
export const make = Effect.fn("Simulator.make")(function*(options: Options): Effect.fn.Return<
  Simulator,
  | Source.RecordingError
  | LedgerError
  | PriceRecording.PriceRecordingError
  | ScenarioError
  | PlatformError.PlatformError
  | Server.ListenError,
  Scope.Scope | FileSystem.FileSystem
> {
  const clock = yield* Clock.Clock
  const now = () => Math.floor(clock.currentTimeMillisUnsafe())
  const startedAt = now()
  const venueClock = new VenueClock(now)
  const accounts = Accounts.make(options.seed)
  const ledger = yield* ledgerOf(options.ledger, venueClock.now, startedAt)
  const desk = new OrderDesk({
    seed: options.seed,
    now: venueClock.now,
    wallets: new Wallets(accounts),
    ledger,
    isLedgerWhole: options.isLedgerWhole,
    delays: { ...usualDelays, ...options.settlement }
  })
  venueClock.during(startedAt, () => {
    ledger.write({ kind: "start", seed: options.seed })
    for (const { funder } of accounts) {
      ledger.write({ kind: "deposit", wallet: funder, money: format(desk.wallets.collateral(funder)) })
    }
  })
  const services = yield* Effect.context()
  const wait = (ms: number) => Effect.runPromiseWith(services)(Effect.sleep(ms))
  const recording = options.prices === undefined
    ? undefined
    : yield* PriceRecording.load({ ...options.prices, startedAt })
  const prices = Prices.make({ seed: options.seed, recording })
  const scenario = options.scenario === undefined
    ? undefined
    : yield* Source.scenarioOf(options.scenario, options.recording !== undefined)
  const parts = { desk, clock: venueClock, prices, now, startedAt, record: ledger.write }
  const source = options.recording === undefined
    ? yield* Source.generated({ ...options, scenario }, parts)
    : yield* Source.recorded(options.recording, parts)
  const channel = new MarketChannel(source.venue, now)
  const modes = new Modes(now)
  const others = Surfaces.make({
    venue: source.venue,
    accounts,
    seed: options.seed,
    prices,
    now,
    desk,
    ledger,
    modes,
    wait
  })
  let produced = 0
  const gate = yield* Gate.make({
    seed: options.seed,
    now: venueClock.now,
    record: ledger.write,
    limits: options.rateLimits ?? 1,
    modes,
    desk,
    asOf: others.asOf
  })
  const server = yield* Server.listen({
    port: options.port,
    surfaces: {
      ...others.surfaces,
      control: Control.make({
        channel,
        venue: source.venue,
        desk,
        gate,
        now,
        counters: () => ({ startedAt, framesProduced: produced, ...source.counters() })
      })
    },
    sockets: gate.sockets({
      ...others.sockets,
      "/ws/market": (request, stream, head) => channel.upgrade(request, stream, head)
    }),
    between: gate.between
  })
  const { port } = server
  gate.serve(server)
  venueClock.during(startedAt, () => {
    for (const fault of options.faults ?? []) gate.faults.arm(fault)
    for (const { at, ...fault } of scenario?.faults ?? []) gate.faults.arm(fault as Fault, at)
  })
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      channel.close()
      others.close()
      gate.close()
    })
  )
  const started = clock.monotonicTimeNanosUnsafe()
  const tell = (): void => {
    const frames = source.due(Number(clock.monotonicTimeNanosUnsafe() - started) / 1e9)
    for (const frame of frames) if (!frame.custom) produced++
    if (frames.length === 0) return
    channel.publish(frames)
    others.publish(frames)
  }
  channel.before = tell
  yield* Effect.gen(function*() {
    let warned = 0
    while (true) {
      yield* Effect.sleep(beat)
      for (; warned < source.failures.length; warned++) {
        yield* Effect.logWarning(`The scenario cannot go on as written: ${source.failures[warned]}`)
      }
      tell()
    }
  }).pipe(Effect.forkScoped)
  yield* Effect.sync(others.settle).pipe(Effect.repeat(Schedule.spaced("250 millis")), Effect.forkScoped)
  yield* Effect.sync(others.second).pipe(Effect.repeat(Schedule.spaced("1 second")), Effect.forkScoped)
  const http = `http://127.0.0.1:${port}`
  return {
    endpoints: {
      clob: `${http}/clob`,
      gamma: `${http}/gamma`,
      data: `${http}/data`,
      marketSocket: `ws://127.0.0.1:${port}/ws/market`,
      userSocket: `ws://127.0.0.1:${port}/ws/user`,
      rtds: `ws://127.0.0.1:${port}/rtds`,
      polybolt: `ws://127.0.0.1:${port}/polybolt`,
      sports: `ws://127.0.0.1:${port}/sports`,
      coinmarketcap: `${http}/coinmarketcap`,
      geoblock: `${http}/geoblock`,
      control: `${http}/control`,
      accounts
    },
    assumptions: source.assumptions
  }
})

const ledgerOf = (file: string | undefined, now: () => number, startedAt: number) =>
  file === undefined
    ? Effect.succeed(Ledger.none)
    : Effect.acquireRelease(
      Effect.try({
        try: () => Ledger.toFile(file, now, startedAt),
        catch: (cause) => new LedgerError({ file, detail: String(cause) })
      }),
      (ledger) => Effect.sync(ledger.close)
    )
