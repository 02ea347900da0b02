/** Which keys were seen in the last 15 minutes, bounded in number: what a source tells twice is dropped by it. Pure fold. */

/** How long a key is remembered, ms. */
export const memoryMs = 15 * 60_000

/** Most keys remembered; beyond it the oldest are forgotten. */
export const mostKeys = 200_000

/** The keys of the current and the previous half of the time; each half is forgotten at once. */
export interface SeenKeys {
  current: Set<string>
  previous: Set<string>
  since: number
}

/** Nothing seen yet. */
export const make = (): SeenKeys => ({ current: new Set(), previous: new Set(), since: 0 })

/** Takes note of a key at `now` (ms, steady); true when it was seen before. */
export const isSeen = (seen: SeenKeys, key: string, now: number): boolean => {
  if (now - seen.since >= memoryMs || seen.current.size >= mostKeys / 2) {
    seen.previous = now - seen.since >= 2 * memoryMs ? new Set() : seen.current
    seen.current = new Set()
    seen.since = now
  }
  if (seen.current.has(key)) return true
  const isOld = seen.previous.has(key)
  seen.current.add(key)
  return isOld
}
