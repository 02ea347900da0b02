/**
 * Stores one batch come what may: tries again while the store is away, and when it refuses finds the rows to blame, puts
 * them aside and stores the rest. One bad row in a hundred costs at most ten statements, three when it looks suspicious.
 */
import { Effect, Schedule } from "effect"
import type { Reason } from "../../domain/Failure.ts"
import { EventStore } from "../EventStore.ts"
import type { EventTag, MarketEvent } from "../MarketEvent.ts"
import { Poison } from "../Poison.ts"

/** The longest pause between two tries. */
const longestPause = "5 seconds"

/** Grows from 100 ms to 5 s with jitter, for ever: what was accepted is not given up. */
export const backoff = Schedule.min([
  Schedule.exponential("100 millis").pipe(Schedule.jittered),
  Schedule.spaced(longestPause)
])

/** Suspects in a batch at most, so that it costs eight statements; of a large one a row in fifty. */
const mostSuspects = (rows: number): number => Math.max(6, rows / 50)

/** Rows of a statement at least, however slow the store is. */
const fewest = 8

/** Told of every failed try, to log and count. */
export type OnFailure = (reason: Reason) => Effect.Effect<void>

/** Stores the events and returns those that were put aside instead. */
export const storeBatch = Effect.fnUntraced(function*(
  tag: EventTag,
  events: ReadonlyArray<MarketEvent>,
  onFailure: OnFailure
) {
  const store = yield* EventStore
  const poison = yield* Poison

  /** Rows of a statement: fewer while the store does not answer, as a slow one may never take many in time. */
  let most = events.length

  /** `undefined` when stored, the reason when refused; of a refused batch a part may be stored. */
  const send = Effect.fnUntraced(function*(batch: ReadonlyArray<MarketEvent>) {
    for (let from = 0; from < batch.length;) {
      let size = 0
      const refusal = yield* Effect.suspend(() => {
        const part = batch.slice(from, from + most)
        size = part.length
        return store.append(tag, part)
      }).pipe(
        Effect.as(undefined),
        Effect.catchIf((error) => isRefusal(error.reason), (error) => Effect.succeed(error.reason.message)),
        Effect.tapError((error) => {
          most = Math.max(fewest, most >> 1)
          return onFailure(error.reason)
        }),
        Effect.retry(backoff),
        Effect.orDie
      )
      if (refusal !== undefined) return refusal
      from += size
      most *= 2
    }
    return undefined
  })

  const putAside = (event: MarketEvent, reason: string): Effect.Effect<void> =>
    poison.keep(event, reason).pipe(
      Effect.tapError((error) => onFailure(error.reason)),
      Effect.retry(backoff),
      Effect.orDie
    )

  /** Of a batch that was refused: puts the rows to blame aside, stores the others. */
  const sift = Effect.fnUntraced(function*(refused: ReadonlyArray<MarketEvent>, refusal: string) {
    const aside: Array<MarketEvent> = []
    let candidates = refused
    let reason = refusal
    let rest: Array<MarketEvent> = []
    while (true) {
      /** Whether the one that is left was refused by itself. */
      let isProven = false
      // A row to blame is among the candidates, if any is; of the rest nothing is known.
      while (candidates.length > 1) {
        const half = candidates.slice(0, candidates.length >> 1)
        const others = candidates.slice(half.length)
        const refusal = yield* send(half)
        if (refusal === undefined) {
          candidates = others
        } else {
          reason = refusal
          rest.push(...others)
          candidates = half
        }
        isProven = refusal !== undefined && half.length === 1
      }
      for (const event of candidates) {
        // A refusal may have been of the moment: nobody is put aside who was never refused alone.
        const alone = isProven ? reason : yield* send([event])
        if (alone === undefined) continue
        yield* putAside(event, alone)
        aside.push(event)
      }
      const refusal = yield* send(rest)
      if (refusal === undefined) return aside
      candidates = rest
      reason = refusal
      rest = []
    }
  })

  const refusal = yield* send(events)
  if (refusal === undefined) return []
  const suspects = events.filter(isSuspicious)
  if (suspects.length === 0 || suspects.length > mostSuspects(events.length)) return yield* sift(events, refusal)
  const others = events.filter((event) => !suspects.includes(event))
  const alsoRefused = yield* send(others)
  const aside: Array<MarketEvent> = alsoRefused === undefined ? [] : yield* sift(others, alsoRefused)
  for (const suspect of suspects) {
    const reason = yield* send([suspect])
    if (reason === undefined) continue
    yield* putAside(suspect, reason)
    aside.push(suspect)
  }
  return aside
})

const isRefusal = (reason: Reason): boolean => reason._tag === "Rejected" || reason._tag === "Malformed"

/**
 * True for what databases are known to refuse: NUL in text, half a surrogate pair or depth in JSON, and decimals of more than twelve whole digits or
 * with an exponent.
 */
const isSuspicious = (event: MarketEvent): boolean =>
  /\\u0000|\\ud[89a-f]|(?:\[|\{"[^"]*":){16}|"(?:price|bid|ask|value)":"-?(?:\d{13}|\d+e)/.test(JSON.stringify(event))
