/**
 * Events that the store will never take, as lines of JSON in `DATA/poison/<day>.jsonl` (UTC): `{ reason, event }`, synced
 * before the archive may forget the event. A restart may write one twice.
 */
import { Clock, Effect, Layer } from "effect"
import { mkdir, open } from "node:fs/promises"
import { join } from "node:path"
import { Unavailable } from "../../domain/Failure.ts"
import { Poison, type PoisonedEvent, PoisonError } from "../../engine/Poison.ts"

/** Poisoned events that `kept` remembers; the files hold all. */
const remembered = 1000

/** Poisoned events in files under `folder`. */
export const layer = (folder: string): Layer.Layer<Poison> =>
  Layer.sync(Poison, () => {
    const kept: Array<PoisonedEvent> = []
    return Poison.of({
      keep: Effect.fnUntraced(function*(event, reason) {
        const day = new Date(yield* Clock.currentTimeMillis).toISOString().slice(0, 10)
        const path = join(folder, `${day}.jsonl`)
        yield* Effect.tryPromise({
          try: () => append(folder, path, `${JSON.stringify({ reason, event })}\n`),
          catch: (failure) => new PoisonError({ reason: new Unavailable({ where: path, detail: String(failure) }) })
        })
        kept.push({ event, reason })
        if (kept.length > remembered) kept.shift()
      }),
      kept: Effect.sync(() => [...kept])
    })
  })

const append = async (folder: string, path: string, line: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = await open(path, "a", 0o600)
  try {
    await file.appendFile(line)
    await file.datasync()
  } finally {
    await file.close()
  }
}
