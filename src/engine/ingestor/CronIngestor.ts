/** The source "cron": a tick of its name whenever one of the named cron expressions (UTC) is due in event time. */
import { Cron, Effect, Result, Schema, Stream } from "effect"
import { EventClock } from "../EventClock.ts"
import type { Ingestor } from "../Ingestor.ts"
import { type Tick, unstamped } from "../MarketEvent.ts"

/** As it appears in events and summaries. */
export const source = "cron"

/** Longest single sleep, ms: event time is looked at again after it. */
const longestSleep = 3_600_000

/** A cron expression that cannot be read. */
export class CronError extends Schema.TaggedError<CronError>()("CronError", {
  name: Schema.String,
  expression: Schema.String,
  issue: Schema.String
}) {
  override get message(): string {
    return `cron ${this.name}: "${this.expression}": ${this.issue}`
  }
}

interface Named {
  readonly name: string
  readonly cron: Cron.Cron
}

/** When the next of these is due after `now`, ms, and which are due then. */
export const nextDue = (
  named: ReadonlyArray<Named>,
  now: number
): { readonly at: number; readonly names: Array<string> } => {
  let at = Number.POSITIVE_INFINITY
  let names: Array<string> = []
  for (const { cron, name } of named) {
    const due = Cron.next(cron, now).getTime()
    if (due < at) {
      at = due
      names = [name]
    } else if (due === at) names.push(name)
  }
  return { at, names }
}

const tick = (name: string, time: number): Tick => ({
  _tag: "Tick",
  id: unstamped,
  time,
  receivedAt: 0,
  source,
  kind: "cron",
  name
})

/** Makes the source from expressions by name; fails with the first that cannot be read. */
export const make = (
  expressions: Readonly<Record<string, string>>
): Effect.Effect<Ingestor, CronError, EventClock> =>
  Effect.gen(function*() {
    const clock = yield* EventClock
    const named: Array<Named> = []
    for (const [name, expression] of Object.entries(expressions)) {
      const parsed = Cron.parse(expression, "UTC")
      if (Result.isFailure(parsed)) {
        return yield* new CronError({ name, expression, issue: parsed.failure.message })
      }
      named.push({ name, cron: parsed.success })
    }
    if (named.length === 0) return { name: source, batches: Stream.never }
    const next = Effect.gen(function*() {
      const due = nextDue(named, clock.now())
      for (let now = clock.now(); now < due.at; now = clock.now()) {
        yield* Effect.sleep(Math.min(longestSleep, due.at - now))
      }
      return { events: due.names.map((name) => tick(name, due.at)), arrivedAt: performance.now() }
    })
    return { name: source, batches: Stream.fromEffectRepeat(next) }
  })
