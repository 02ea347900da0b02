/**
 * Puts policies in force as their source changes: once two looks have found the same, all of them or none. A source that cannot be used leaves the
 * policies in force as they are; what is wrong with it is logged, written to the audit trail and told to the channels that want to know of risk, once for
 * each change.
 */
import { type Duration, Effect, Queue } from "effect"
import { oneLine } from "../domain/OneLine.ts"
import { ActionExecutor } from "./ActionExecutor.ts"
import { AuditLog } from "./AuditLog.ts"
import { EventClock } from "./EventClock.ts"
import type { CompiledPolicy } from "./policy/Compile.ts"
import { PolicyLoadError } from "./policy/Load.ts"
import { PolicyProblem } from "./policy/PolicyText.ts"
import type { PolicyChange } from "./policy/Succession.ts"
import { PolicyEngine, type PolicyReloadError } from "./PolicyEngine.ts"
import { PolicySource } from "./PolicySource.ts"

/** How a source is watched. */
export interface WatchOptions {
  /** The signature of what is in force, taken before that was read. */
  readonly from: string
  /** Policies that are not of the source and stay in force. */
  readonly also?: ReadonlyArray<CompiledPolicy>
  /** From one look to the next; absent: only when asked. */
  readonly every: Duration.Input | undefined
  /** How long it must have been the same before it is read. */
  readonly settle: Duration.Input
  /** Asks for it to be read now, changed or not. */
  readonly asked: Queue.Dequeue<void>
  /** Told of the policies of the source once they are in force. */
  readonly onReload: (policies: ReadonlyArray<CompiledPolicy>, change: PolicyChange) => Effect.Effect<void>
}

/** Problems of one refusal that are logged and written down. */
const mostTold = 20

/** Watches for ever. */
export const watch = Effect.fnUntraced(function*(options: WatchOptions) {
  const source = yield* PolicySource
  const engine = yield* PolicyEngine
  const audit = yield* AuditLog
  const executor = yield* ActionExecutor
  const clock = yield* EventClock
  let known: string | undefined = options.from

  const refuse = Effect.fnUntraced(function*(why: PolicyLoadError | PolicyReloadError) {
    const problems = why._tag === "PolicyLoadError" ? why.problems.map(String) : [why.message]
    const told = problems.slice(0, mostTold)
    const rest = problems.length - told.length
    yield* Effect.logError(`${source.name}: not reloaded, the policies before stay in force`)
    for (const problem of told) yield* Effect.logError(oneLine(problem))
    if (rest > 0) yield* Effect.logError(`and ${rest} more`)
    yield* audit.write({
      actor: "engine",
      kind: "reload-refused",
      payload: { source: source.name, problems: told, ...(rest > 0 ? { more: rest } : {}) }
    }).pipe(Effect.catch((error) => Effect.logError(error.message)))
    const time = clock.now()
    const more = problems.length > 1 ? `, and ${problems.length - 1} more` : ""
    yield* executor.notice({
      kind: "risk",
      policyId: "engine",
      text: `policies not reloaded, those before stay in force: ${problems[0]}${more}`,
      key: `reload-refused-${time}`,
      time
    })
  })

  const apply = Effect.fnUntraced(function*(policies: ReadonlyArray<CompiledPolicy>) {
    const change = yield* engine.reload([...policies, ...options.also ?? []])
    const { added, changed, removed } = change
    yield* Effect.logInfo(
      `${source.name}: ${policies.length} policies in force; added ${added.length}, changed ${changed.length}, removed ${removed.length}`
    )
    yield* options.onReload(policies, change)
  })

  const notRead = (defect: unknown) => {
    const message = `could not be read: ${defect instanceof Error ? defect.message : String(defect)}`
    return Effect.fail(
      new PolicyLoadError({ problems: [new PolicyProblem({ file: source.name, line: 1, column: 1, message })] })
    )
  }

  const untilSettled = Effect.gen(function*() {
    let seen = yield* source.signature
    while (true) {
      yield* Effect.sleep(options.settle)
      const again = yield* source.signature
      if (again === seen) return seen
      seen = again
    }
  })

  const wait = Effect.raceFirst(
    options.every === undefined ? Effect.never : Effect.as(Effect.sleep(options.every), false),
    Effect.as(Queue.take(options.asked), true)
  )

  return yield* Effect.gen(function*() {
    while (true) {
      const isAsked = yield* wait
      if (!isAsked && (yield* source.signature) === known) continue
      yield* Effect.catchDefect(source.prepare, () => Effect.void)
      const settled: string = yield* untilSettled
      // A bug in reading must not end an engine that trades.
      const read = yield* source.read.pipe(Effect.catchDefect(notRead), Effect.exit)
      // What changed while it was read may have been read by half.
      if ((yield* source.signature) !== settled) {
        known = undefined
        continue
      }
      known = settled
      yield* Effect.flatMap(read, apply).pipe(
        Effect.catchTag(["PolicyLoadError", "PolicyReloadError"], refuse)
      )
    }
  }).pipe(Effect.annotateLogs({ service: "policy" }))
})
