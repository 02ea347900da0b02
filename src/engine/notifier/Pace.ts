/** Keeps a distance between calls that share a limit, whoever makes them. */
import { Clock, Effect } from "effect"

/** How far calls that share a name are apart, ms. */
export interface Gap {
  readonly name: string
  readonly ms: number
}

export class Pace {
  private readonly next = new Map<string, number>()

  /** Waits until all of the limits allow a call, and counts it. */
  turn(gaps: ReadonlyArray<Gap>): Effect.Effect<void> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const at = Math.max(now, ...gaps.map(({ name }) => this.next.get(name) ?? 0))
      for (const { ms, name } of gaps) this.next.set(name, at + ms)
      return at > now ? Effect.sleep(at - now) : Effect.void
    })
  }

  /** Lets nobody call for a while, ms. */
  hold(name: string, ms: number): Effect.Effect<void> {
    return Effect.map(Clock.currentTimeMillis, (now) => {
      this.next.set(name, Math.max(this.next.get(name) ?? 0, now + ms))
    })
  }
}
