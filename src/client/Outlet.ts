/**
 * Where callbacks leave items and one stream takes them, all there are at a time: the reader is resumed within `push`. A writer
 * that can wait asks `isFull` after a push and stops until it is drained.
 */
import { Effect, Stream } from "effect"

/** Items on their way from callbacks to a stream. */
export interface Outlet<A> {
  /** Leaves an item; `weight` counts towards the capacity. */
  readonly push: (item: A, weight: number) => void
  /** True when as much as the capacity waits to be taken. */
  readonly isFull: () => boolean
  /** Calls back each time everything has been taken. */
  readonly onDrain: (listener: () => void) => void
  /** Everything, in order; to be run once. */
  readonly stream: Stream.Stream<A>
}

/** Makes an empty one. */
export const makeOutlet = <A>(capacity: number): Outlet<A> => {
  let items: Array<A> = []
  let held = 0
  let waiting: ((taken: Effect.Effect<[A, ...Array<A>]>) => void) | undefined
  const listeners: Array<() => void> = []

  const take = (): [A, ...Array<A>] => {
    const taken = items as [A, ...Array<A>]
    items = []
    held = 0
    for (const listener of listeners) listener()
    return taken
  }

  const pull = Effect.suspend(() =>
    items.length > 0 ? Effect.succeed(take()) : Effect.callback<[A, ...Array<A>]>((resume) => {
      waiting = resume
      return Effect.sync(() => {
        waiting = undefined
      })
    })
  )

  return {
    push: (item, weight) => {
      items.push(item)
      held += weight
      if (waiting === undefined) return
      const resume = waiting
      waiting = undefined
      resume(Effect.succeed(take()))
    },
    isFull: () => held >= capacity,
    onDrain: (listener) => void listeners.push(listener),
    stream: Stream.fromPull(Effect.succeed(pull))
  }
}
