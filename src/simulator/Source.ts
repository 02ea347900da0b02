/**
 * Where books and frames come from: the generated flow, with or without a scenario, or a recording. What only one of them needs is loaded when it is
 * asked for.
 */
import { Effect, FileSystem, type PlatformError, Schema } from "effect"
import { constants, gunzipSync } from "node:zlib"
import type { VenueClock } from "./flow/VenueClock.ts"
import type { Frame } from "./Frame.ts"
import * as GeneratedVenue from "./GeneratedVenue.ts"
import * as Generator from "./Generator.ts"
import { parseJson } from "./Http.ts"
import type { LedgerLine } from "./Ledger.ts"
import type { OrderDesk } from "./OrderDesk.ts"
import type { Prices } from "./Prices.ts"
import type { Scenario, ScenarioError } from "./Scenario.ts"
import type { Venue } from "./Venue.ts"

/** The recording is empty or no recording. */
export class RecordingError extends Schema.TaggedError<RecordingError>()("RecordingError", {
  file: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.file} cannot be played: ${this.detail}`
  }
}

/** A source. */
export interface Source {
  readonly venue: Venue
  readonly assumptions: ReadonlyArray<string>
  /** Frames that have become due, `seconds` after the start. */
  readonly due: (seconds: number) => ReadonlyArray<Frame>
  /** For the control endpoint. */
  readonly counters: () => Readonly<Record<string, number>>
  /** What of a scenario could not happen so far, and why. */
  readonly failures: ReadonlyArray<string>
}

/** What a source is made for. */
export interface SourceParts {
  readonly desk: OrderDesk
  readonly clock: VenueClock
  readonly prices: Prices
  /** ms UTC. */
  readonly now: () => number
  readonly startedAt: number
  readonly record: (line: LedgerLine) => void
}

/** Reads a scenario, which needs the generated flow. */
export const scenarioOf = Effect.fnUntraced(function*(
  file: string,
  isRecorded: boolean
): Effect.fn.Return<Scenario, ScenarioError | PlatformError.PlatformError, FileSystem.FileSystem> {
  const { ScenarioError, parse } = yield* Effect.promise(() => import("./Scenario.ts"))
  if (isRecorded) return yield* new ScenarioError({ problems: [`${file}: a scenario cannot go with a recording`] })
  const text = yield* (yield* FileSystem.FileSystem).readFileString(file)
  return yield* Effect.fromResult(parse(text, file))
})

/** The generated flow. */
export const generated = Effect.fnUntraced(function*(
  { markets, rate, scenario, seed }: {
    readonly seed: number
    readonly markets: number
    readonly rate: number
    readonly scenario: Scenario | undefined
  },
  { clock, desk, now, prices, record, startedAt }: SourceParts
): Effect.fn.Return<Source> {
  const generator = Generator.make({ seed, markets, rate, startedAt, exchange: { desk, clock } })
  desk.before = () => generator.run(now())
  const flow = {
    venue: GeneratedVenue.make(generator, now),
    assumptions: [],
    due: () => generator.due(now())
  }
  if (scenario === undefined) return { ...flow, counters: () => ({}), failures: [] }
  const { play } = yield* Effect.promise(() => import("./ScenarioPlayer.ts"))
  const played = play({ scenario, generator, prices, seed, startedAt, record })
  return {
    ...flow,
    counters: () => ({ happenings: played.happened(), failedHappenings: played.failures.length }),
    failures: played.failures
  }
})

/** A recording. */
export const recorded = Effect.fnUntraced(function*(
  { file, speed }: { readonly file: string; readonly speed: number },
  { desk, now }: Pick<SourceParts, "desk" | "now">
): Effect.fn.Return<Source, RecordingError | PlatformError.PlatformError, FileSystem.FileSystem> {
  const [Recording, RecordedVenue, Sidecar] = yield* Effect.promise(() =>
    Promise.all([import("./Recording.ts"), import("./RecordedVenue.ts"), import("./Sidecar.ts")])
  )
  const files = yield* FileSystem.FileSystem
  const bytes = yield* files.readFile(file)
  const text = yield* Effect.try({
    try: () =>
      (bytes[0] === 0x1f && bytes[1] === 0x8b
        ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH })
        : Buffer.from(bytes)).toString(),
    catch: (cause) => new RecordingError({ file, detail: String(cause) })
  })
  const recording = Recording.parse(text)
  if (recording.frames.length === 0) {
    return yield* new RecordingError({ file, detail: "no line holds receivedAt and payloadUtf8" })
  }
  const base = file.replace(/\.jsonl(\.gz)?$/, "")
  const sidecar = (suffix: string) =>
    files.readFileString(`${base}${suffix}`).pipe(Effect.map(parseJson), Effect.orElseSucceed(() => undefined))
  const facts = Sidecar.facts(
    recording,
    { markets: yield* sidecar(".markets.json"), expected: yield* sidecar(".expected.json") },
    now()
  )
  const venue = RecordedVenue.make(recording, facts, now, desk)
  let begunAt: number | undefined
  const source: Source = {
    venue,
    assumptions: facts.assumptions,
    due: (seconds) => {
      if (!venue.started()) return []
      begunAt ??= seconds
      return venue.advance((seconds - begunAt) * 1000 * speed)
    },
    counters: () => ({}),
    failures: []
  }
  return source
})
