/**
 * A queue and a fiber for each channel: nobody who hands a message over waits. At least once: a message that got no answer is sent again, and is
 * there twice if the first had arrived. A channel that is down keeps its queue, and its messages go out once it is up.
 */
import { Cause, Clock, Effect, Fiber, Queue, Random } from "effect"
import { isRetryable, type Reason } from "../../domain/Failure.ts"
import type { Delivery, Notification } from "../Notifier.ts"
import { Outbox, outboxCapacity } from "./Outbox.ts"
import type { Sender, SendFailure } from "./Sender.ts"

/** How long a stopping engine waits for messages that are on their way, ms. */
export const farewell = 3_000

/** First and longest wait after a failure that may pass, ms; doubling between, jittered. */
const firstWait = 1_000
const longestWait = 60_000

const annotated = Effect.annotateLogs({ service: "notifier" })

/** Again and again, without a turn of the event loop between. */
const forEver = (effect: Effect.Effect<void>): Effect.Effect<never> =>
  Effect.gen(function*() {
    while (true) yield* effect
  })

/** A message in a lane. */
interface Item {
  readonly text: string
  readonly isUrgent: boolean
  readonly notification: Notification
  readonly told: ((delivery: Delivery) => Effect.Effect<void>) | undefined
  tries: number
}

/** The wait after so many failures in a row, ms; `random` in [0, 1). What a host asks for is kept by the sender. */
export const waitOf = (failures: number, reason: Reason, random: number): number =>
  reason._tag === "RateLimited" && reason.retryAfterMs !== undefined
    ? random * 100
    : Math.min(longestWait, firstWait * 2 ** (failures - 1)) * (0.5 + random / 2)

/** Makes the lanes of channels; they run until the scope closes. */
export const makeLanes = Effect.fnUntraced(function*(senders: ReadonlyMap<string, Sender>) {
  const reports = yield* Queue.unbounded<Effect.Effect<void>>()
  let reporting = 0
  /** Tells what became of messages, from a fiber of its own, since telling may take its time. */
  const tell = (items: ReadonlyArray<Item>, failed?: string) => {
    for (const { told, tries } of items) {
      if (told === undefined) continue
      reporting++
      Queue.offerUnsafe(reports, told({ tries, ...(failed === undefined ? {} : { failed }) }))
    }
  }
  yield* Effect.forkScoped(
    Queue.takeAll(reports).pipe(
      Effect.flatMap(
        Effect.forEach((report) => Effect.andThen(Effect.exit(report), Effect.sync(() => void reporting--)))
      ),
      forEver
    ),
    { startImmediately: true }
  )

  const makeLane = Effect.fnUntraced(function*(name: string, sender: Sender) {
    const outbox = new Outbox<Item>()
    const wake = yield* Queue.sliding<void>(1)
    let underWay: ReadonlyArray<Item> = []
    let failures = 0
    let trouble = ""

    /** Says what is wrong, once for each kind of it until the channel is well again. */
    const warn = (reason: Reason, more = "") =>
      Effect.suspend(() => {
        if (trouble === reason._tag) return Effect.void
        trouble = reason._tag
        return Effect.logWarning(`channel ${name}: ${reason.message}${more}`).pipe(annotated)
      })

    const failed = Effect.fnUntraced(function*(items: ReadonlyArray<Item>, leftOut: number, failure: SendFailure) {
      const { reason, tries } = failure
      for (const item of items) item.tries += tries
      outbox.leftOut += leftOut
      if (!sender.isPatient || !isRetryable(reason)) {
        underWay = []
        tell(items, reason.message)
        return yield* warn(reason)
      }
      outbox.putBack(items)
      underWay = []
      failures++
      yield* warn(reason, "; trying again")
      yield* Effect.sleep(waitOf(failures, reason, yield* Random.next))
    })

    const next = Effect.gen(function*() {
      while (outbox.size === 0) yield* Queue.take(wake)
      yield* sender.turn
      const items = outbox.take(sender.room)
      const [first, ...rest] = items
      if (first === undefined) return
      underWay = items
      const { leftOut } = outbox
      outbox.leftOut = 0
      const notifications = [first.notification, ...rest.map(({ notification }) => notification)] as const
      const exit = yield* Effect.exit(sender.send({ notifications, leftOut }))
      if (exit._tag === "Success") {
        for (const item of items) item.tries += exit.value
        underWay = []
        failures = 0
        tell(items)
        if (trouble !== "") {
          trouble = ""
          yield* Effect.logInfo(`channel ${name} is delivered to again`).pipe(annotated)
        }
        return
      }
      const error = Cause.findErrorOption(exit.cause)
      if (error._tag === "Some") return yield* failed(items, leftOut, error.value)
      if (Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.interrupt
      underWay = []
      tell(items, "a bug of the engine")
      yield* Effect.logError(`channel ${name}: a bug`, exit.cause).pipe(annotated)
    })

    const fiber = yield* Effect.forkScoped(forEver(next), { startImmediately: true })
    return {
      isIdle: () => outbox.size === 0 && underWay.length === 0,
      offer: (item: Item) => {
        const left = outbox.offer(item)
        if (left !== undefined) tell([left], `left out, since ${outboxCapacity} messages were waiting`)
        Queue.offerUnsafe(wake, undefined)
      },
      stop: Effect.gen(function*() {
        yield* Fiber.interrupt(fiber)
        tell(underWay, "the engine stopped before an answer came; it may have been delivered")
        tell(outbox.take(Infinity), "the engine stopped before it was delivered")
        underWay = []
      })
    }
  })

  const lanes = new Map<string, Effect.Success<ReturnType<typeof makeLane>>>()
  for (const [name, sender] of senders) lanes.set(name, yield* makeLane(name, sender))

  const poll = (isDone: () => boolean) =>
    Effect.gen(function*() {
      while (!isDone()) yield* Effect.sleep("10 millis")
    })

  const finish = Effect.gen(function*() {
    const began = yield* Clock.currentTimeMillis
    yield* Effect.timeoutOption(poll(() => [...lanes.values()].every((lane) => lane.isIdle())), farewell)
    for (const lane of lanes.values()) yield* lane.stop
    const left = Math.max(500, farewell - ((yield* Clock.currentTimeMillis) - began))
    yield* Effect.timeoutOption(poll(() => reporting === 0), left)
  })

  return {
    /** Takes a message for a channel; false when there is no such channel. */
    offer: (notification: Notification, told: Item["told"]): boolean => {
      const lane = lanes.get(notification.channel)
      lane?.offer({ text: notification.text, isUrgent: notification.isUrgent, notification, told, tries: 0 })
      return lane !== undefined
    },
    finish
  }
})
