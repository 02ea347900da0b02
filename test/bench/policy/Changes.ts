/** What each asset's bid changed over the last five minutes, in per cent. */
import { assets, stretch } from "./Rules.ts"

/** A queue of values per asset. */
export class Changes {
  readonly #queues = assets.map(() => ({ at: [] as Array<number>, bid: [] as Array<number>, first: 0 }))

  /** Adds a value and says what has changed since the oldest one that counts. */
  add(asset: number, bid: number, now: number): number {
    const queue = this.#queues[asset] as { at: Array<number>; bid: Array<number>; first: number }
    queue.at.push(now)
    queue.bid.push(bid)
    while ((queue.at[queue.first] as number) <= now - stretch) queue.first++
    const from = queue.bid[queue.first] as number
    return (bid - from) * 100 / from
  }
}
