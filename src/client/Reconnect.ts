/**
 * When a lost connection is tried again. Pure. A dropped socket comes back within two seconds of its server, yet an endpoint
 * never sees more than one connect a second over any minute: the first try is quick, the next ones come every second or
 * so, and after two minutes of outage the delays grow with full jitter up to 30 s.
 */

/** Longest delay before the first try after a connection that had carried data, ms. */
export const quickest = 250

/** Shortest and longest delay between tries while an outage is young, ms. */
export const probing = { least: 1_050, most: 1_600 } as const

/** How long an outage counts as young, ms. */
export const youth = 120_000

/** Longest delay of all, ms. */
export const longest = 30_000

/**
 * The delay before a try, ms. `attempt` counts tries since data last arrived, from 0; `outage` is how long that is ago, ms;
 * `random` is uniform in [0, 1).
 */
export const delayBefore = (attempt: number, outage: number, random: number): number => {
  if (attempt <= 0) return random * quickest
  const young = probing.least + random * (probing.most - probing.least)
  if (outage < youth) return young
  const doublings = Math.min(10, Math.floor((outage - youth) / youth) + 1)
  const ceiling = Math.min(longest, probing.most * 2 ** doublings)
  return Math.max(young, random * ceiling)
}

/** What an endpoint is granted: connects it has seen in the last minute, oldest first, ms. Shared by all feeds to it. */
export interface ConnectBudget {
  readonly connects: Array<number>
}

/** Most connects within `window` ms. */
export const allowed = 60

/** The length of the window, ms. */
export const window = 60_000

/** A budget nothing was taken from. */
export const makeBudget = (): ConnectBudget => ({ connects: [] })

/** How long to wait at `now` (ms, steady) until another connect is granted; 0 takes it. */
export const takeConnect = (budget: ConnectBudget, now: number): number => {
  const { connects } = budget
  while (connects.length > 0 && (connects[0] as number) <= now - window) connects.shift()
  if (connects.length >= allowed) return (connects[0] as number) + window - now
  connects.push(now)
  return 0
}
