/**
 * Messages that wait for a channel: what matters to orders and risk before the rest, each in the order it came, and never more than fit. What finds
 * no room is left out and counted. Plain state; whoever holds it does the sending.
 */

/** What the order of messages depends on. */
export interface Letter {
  readonly text: string
  /** About orders or risk. */
  readonly isUrgent: boolean
}

/** Most messages that wait for one channel. */
export const outboxCapacity = 1_000

/** Characters kept free between messages that are sent together. */
export const spacing = 24

export class Outbox<L extends Letter> {
  private urgent: Array<L> = []
  private ordinary: Array<L> = []
  /** Messages that found no room since this was last told; whoever tells it takes it from here. */
  leftOut = 0
  readonly capacity: number

  constructor(capacity = outboxCapacity) {
    this.capacity = capacity
  }

  /** Messages that wait. */
  get size(): number {
    return this.urgent.length + this.ordinary.length
  }

  /** Takes a message; gives back the one that is left out for it, which may be itself, when there is no room. */
  offer(letter: L): L | undefined {
    const left = this.size < this.capacity ? undefined : letter.isUrgent ? this.ordinary.pop() ?? letter : letter
    if (left !== undefined) this.leftOut++
    if (left !== letter) (letter.isUrgent ? this.urgent : this.ordinary).push(letter)
    return left
  }

  /** The next message, with as many of those behind it as fit into so many characters together. */
  take(room: number): ReadonlyArray<L> {
    const taken: Array<L> = []
    let length = 0
    for (const queue of [this.urgent, this.ordinary]) {
      let count = 0
      for (const letter of queue) {
        length += letter.text.length + spacing
        if (taken.length > 0 && length > room) break
        taken.push(letter)
        count++
      }
      const isWhole = count === queue.length
      queue.splice(0, count)
      if (!isWhole) break
    }
    return taken
  }

  /** Puts messages that were taken back to where they were. */
  putBack(letters: ReadonlyArray<L>): void {
    this.urgent.unshift(...letters.filter(({ isUrgent }) => isUrgent))
    this.ordinary.unshift(...letters.filter(({ isUrgent }) => !isUrgent))
  }
}
