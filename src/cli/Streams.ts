/** Commands that print what a socket tells, a line a message, until enough was seen, time is up, or somebody says stop. */
import { Console, Effect, Option, Stream } from "effect"
import type { Scope } from "effect"
import { Flag } from "effect/cli"
import type { JsonFeed, JsonItem } from "../client/JsonFeed.ts"
import { oneLine } from "../domain/OneLine.ts"
import * as Span from "../domain/Span.ts"

/** The flags they share. */
export const streamFlags = {
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("Print each message as one line of JSON"),
    Flag.withDefault(false)
  ),
  count: Flag.Int("count").pipe(Flag.withDescription("Stop after so many messages"), Flag.optional),
  for: Flag.String("for").pipe(
    Flag.withDescription("Stop after this long: 20s, 5m, 1h"),
    Flag.withSchema(Span.Span),
    Flag.optional
  )
}

/** What the flags say. */
export interface StreamWishes {
  readonly json: boolean
  readonly count: Option.Option<number>
  readonly for: Option.Option<number>
}

/** A message as people read it: its fields in one line, long ones shortened. */
const sentence = (message: unknown): string => {
  if (typeof message !== "object" || message === null) return oneLine(String(message))
  return oneLine(
    Object.entries(message).map(([name, value]) => {
      const text = typeof value === "object" ? JSON.stringify(value) : String(value)
      return `${name}=${text.length > 60 ? `${text.slice(0, 57)}…` : text}`
    }).join(" ")
  )
}

const lineOf = <A>(item: JsonItem<A>, json: boolean): string | undefined => {
  if (item.kind === "message") return json ? JSON.stringify(item.message) : sentence(item.message)
  if (json) return undefined
  return item.kind === "opened" ? "-- connected" : `-- disconnected: ${oneLine(item.reason)}; connecting again`
}

/** Runs a feed and prints it. */
export const print = <A, R>(make: Effect.Effect<JsonFeed<A>, never, R | Scope.Scope>, wishes: StreamWishes) =>
  Effect.gen(function*() {
    const feed = yield* make
    let seen = 0
    const most = Option.getOrElse(wishes.count, () => Number.POSITIVE_INFINITY)
    const printing = feed.items.pipe(
      Stream.takeUntil((item) => item.kind === "message" && ++seen >= most),
      Stream.runForEach((item) => {
        const line = lineOf(item, wishes.json)
        return line === undefined ? Effect.void : Console.log(line)
      })
    )
    yield* Option.match(wishes.for, {
      onNone: () => printing,
      onSome: (ms) => Effect.asVoid(Effect.timeoutOption(printing, ms))
    })
    const { malformed, unknown } = feed.passedOver()
    if (malformed + unknown > 0) {
      yield* Console.error(`passed over ${malformed} frames that are no JSON and ${unknown} messages of unknown kinds`)
    }
  }).pipe(Effect.scoped)
