/**
 * Where callbacks leave items and one stream takes them: at the end of the event loop's turn, all that came in it, so that
 * what arrives together is handled together. A writer that can wait asks `isFull` after a push and stops until it is drained.
 */
import { Effect, Stream } from "effect"

/** Items on their way from callbacks to a stream. */
export interface Outlet<A> {
  /** Leaves an item. */
  readonly push: (item: A) => void
  /** True when as many as the capacity wait to be taken. */
  readonly isFull: () => boolean
  /** Calls back each time everything has been taken. */
  readonly onDrain: (listener: () => void) => void
  /** Everything, in order, in chunks of at most `mostAtOnce`; to be run once. */
  readonly stream: Stream.Stream<A>
}

/** Most items of one chunk: the first of a long row must not wait until the last is handled. */
export const mostAtOnce = 32

/** Makes an empty one. */
export const makeOutlet = <A>(capacity: number): Outlet<A> => {
  let items: Array<A> = []
  let isWaking = false
  let waiting: ((taken: Effect.Effect<[A, ...Array<A>]>) => void) | undefined
  const listeners: Array<() => void> = []

  const take = (): [A, ...Array<A>] => {
    if (items.length > mostAtOnce) return items.splice(0, mostAtOnce) as [A, ...Array<A>]
    const taken = items as [A, ...Array<A>]
    items = []
    for (const listener of listeners) listener()
    return taken
  }

  const wake = (): void => {
    isWaking = false
    if (waiting === undefined || items.length === 0) return
    const resume = waiting
    waiting = undefined
    resume(Effect.succeed(take()))
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
    push: (item) => {
      items.push(item)
      if (waiting === undefined || isWaking) return
      isWaking = true
      setImmediate(wake)
    },
    isFull: () => items.length >= capacity,
    onDrain: (listener) => void listeners.push(listener),
    stream: Stream.fromPull(Effect.succeed(pull))
  }
}
