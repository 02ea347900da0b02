/** How often policies fired and ordered: today (UTC, by event time) and in all, with the last firing. Plain mutable state. */

const day = 86_400_000

/** The counts of one policy. */
export interface PolicyCounts {
  /** Event time, ms; absent: never. */
  readonly lastFiring: number | undefined
  readonly firingsToday: number
  readonly ordersToday: number
  readonly firings: number
}

interface Counts {
  day: number
  firingsToday: number
  ordersToday: number
  firings: number
  lastFiring: number | undefined
}

/** The counts of all policies. */
export class PolicyTally {
  readonly #counts = new Map<string, Counts>()

  /** Counts a firing. */
  fired(policyId: string, at: number): void {
    const counts = this.#on(policyId, at)
    counts.firings++
    counts.firingsToday++
    counts.lastFiring = Math.max(at, counts.lastFiring ?? 0)
  }

  /** Counts an order. */
  ordered(policyId: string, at: number): void {
    this.#on(policyId, at).ordersToday++
  }

  /** The counts as of a time. */
  of(policyId: string, now: number): PolicyCounts {
    const counts = this.#counts.get(policyId)
    const isToday = counts?.day === Math.floor(now / day)
    return {
      lastFiring: counts?.lastFiring,
      firingsToday: isToday ? counts.firingsToday : 0,
      ordersToday: isToday ? counts.ordersToday : 0,
      firings: counts?.firings ?? 0
    }
  }

  #on(policyId: string, at: number): Counts {
    const today = Math.floor(at / day)
    let counts = this.#counts.get(policyId)
    if (counts === undefined) {
      this.#counts.set(
        policyId,
        counts = { day: today, firingsToday: 0, ordersToday: 0, firings: 0, lastFiring: undefined }
      )
    }
    if (counts.day !== today) {
      counts.day = today
      counts.firingsToday = 0
      counts.ordersToday = 0
    }
    return counts
  }
}
