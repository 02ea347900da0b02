/**
 * The shipped jobs, each on or off in the settings, in UTC: `aggregate` every minute (candles), `cleanup` every hour (retention), `daily-snapshot` at
 * midnight (positions, orders, cash, books). A job that fails is logged, its result kept, and tried again when it is due.
 */
import { Clock, Cron, Effect, FiberSet, Layer, Schedule } from "effect"
import { Settings } from "../Settings.ts"
import * as DailySnapshot from "./DailySnapshot.ts"
import { Maintenance, type MaintenanceError } from "./Maintenance.ts"
import { Portfolio } from "./Portfolio.ts"
import { StateManager } from "./StateManager.ts"
import { Workers } from "./Workers.ts"

interface Job {
  readonly name: string
  readonly when: Cron.Cron
  readonly run: Effect.Effect<string, MaintenanceError>
}

/** Starts the jobs among the workers. */
export const layer = Layer.effectDiscard(
  Effect.gen(function*() {
    const { jobs } = yield* Settings
    const maintenance = yield* Maintenance
    const account = yield* Portfolio
    const state = yield* StateManager
    const workers = yield* Workers

    const dailySnapshot = Effect.gen(function*() {
      // It belongs to the day that has just ended.
      const day = new Date((yield* Clock.currentTimeMillis) - 3_600_000).toISOString().slice(0, 10)
      const snapshots = DailySnapshot.take(account, state)
      yield* maintenance.snapshot(day, snapshots)
      return `kept ${snapshots.length} things of ${day}`
    })

    const all: ReadonlyArray<Job> = [
      ...(jobs.aggregate
        ? [{ name: "aggregate", when: Cron.parseUnsafe("* * * * *"), run: maintenance.aggregate }]
        : []),
      ...(jobs.cleanup ? [{ name: "cleanup", when: Cron.parseUnsafe("10 * * * *"), run: maintenance.cleanup }] : []),
      ...(jobs.dailySnapshot
        ? [{ name: "daily-snapshot", when: Cron.parseUnsafe("0 0 * * *"), run: dailySnapshot }]
        : [])
    ]
    for (const job of all) {
      yield* FiberSet.run(
        workers,
        Effect.schedule(once(maintenance, job), Schedule.cron(job.when)).pipe(Effect.orDie, Effect.asVoid)
      )
    }
  })
)

/** Runs a job and keeps how it went. */
const once = (maintenance: Maintenance["Service"], job: Job): Effect.Effect<void> =>
  Effect.gen(function*() {
    const startedAt = yield* Clock.currentTimeMillis
    const { detail, succeeded } = yield* job.run.pipe(
      Effect.match({
        onFailure: (error) => ({ succeeded: false, detail: error.message }),
        onSuccess: (detail) => ({ succeeded: true, detail })
      })
    )
    if (!succeeded) yield* Effect.logWarning(`job ${job.name}: ${detail}`)
    const finishedAt = yield* Clock.currentTimeMillis
    yield* Effect.ignore(maintenance.record({ name: job.name, startedAt, finishedAt, succeeded, detail }))
  })
