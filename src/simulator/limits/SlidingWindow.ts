/** So many requests in any stretch of so many ms. Requests that come too early are given a later time, and count at that time. */
export class SlidingWindow {
  readonly most: number
  readonly ms: number
  /** The last `most` times, a ring, in order of time. */
  readonly #times: Array<number> = []
  #count = 0

  constructor(most: number, ms: number) {
    this.most = most
    this.ms = ms
  }

  /** The earliest time from `now` on at which one more fits; all in ms. */
  earliest(now: number): number {
    if (this.#count < this.most) return now
    return Math.max(now, (this.#times[this.#count % this.most] as number) + this.ms)
  }

  /** Counts one at a time that `earliest` allowed. */
  take(at: number): void {
    const { most } = this
    const first = Math.max(0, this.#count - most + 1)
    let place = this.#count
    while (place > first && (this.#times[(place - 1) % most] as number) > at) {
      this.#times[place % most] = this.#times[(place - 1) % most] as number
      place--
    }
    this.#times[place % most] = at
    this.#count++
  }
}
