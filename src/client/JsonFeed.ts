/**
 * A feed whose frames are JSON of one schema: messages typed, what does not fit counted and passed over, silence that should not be
 * answered with a new connection. The socket's life is part of the stream, so that whoever listens knows when it was blind.
 */
import { Effect, Exit, Schema, Stream } from "effect"
import type { Scope } from "effect"
import { type Connection, type FeedOptions, makeFeed } from "./Feed.ts"
import { parseJson } from "./ParseJson.ts"
import * as SteadyClock from "./SteadyClock.ts"

/** What such a feed tells. Times as in `FeedItem`. */
export type JsonItem<A> =
  | { readonly kind: "opened"; readonly at: number }
  | { readonly kind: "message"; readonly message: A; readonly arrivedAt: number }
  | { readonly kind: "closed"; readonly at: number; readonly from: number; readonly reason: string }

/** How such a feed behaves, beside its socket. */
export interface JsonFeedOptions<A> extends FeedOptions {
  readonly schema: Schema.ConstraintDecoder<A>
  /** Text frames of the server that want an answer, for example "ping". */
  readonly answers?: Readonly<Record<string, string>>
  /** A connection that brings no message for so long is replaced, ms; absent: silence is fine. */
  readonly staleAfterMs?: number
}

/** A running feed. */
export interface JsonFeed<A> extends Connection {
  /** Everything that happens, to be run once. */
  readonly items: Stream.Stream<JsonItem<A>>
  /** What was passed over so far: frames that are no JSON, and messages of kinds or shapes nobody knows. */
  readonly passedOver: () => { readonly malformed: number; readonly unknown: number }
  /** Connections replaced because they had gone mute. */
  readonly stale: () => number
}

/** What one frame came to. */
export interface JsonFrame<A> {
  readonly messages: ReadonlyArray<A>
  /** The frame is no JSON. */
  readonly malformed: boolean
  /** Messages of kinds or shapes nobody knows. */
  readonly unknown: number
  /** What the server wants to hear back. */
  readonly answer: string | undefined
}

const silence: JsonFrame<never> = { messages: [], malformed: false, unknown: 0, answer: undefined }

/** How a feed reads a frame, whatever is in it: one message or an array of them, a text that wants an answer, or neither. */
export const makeReader = <A>(
  options: Pick<JsonFeedOptions<A>, "schema" | "answers" | "keepAlive">
): (bytes: Buffer) => JsonFrame<A> => {
  const decode = Schema.decodeUnknownExit(options.schema)
  const answers = new Map(Object.entries(options.answers ?? {}))
  return (bytes) => {
    const text = bytes.toString().trim()
    const answer = answers.get(text)
    if (answer !== undefined) return { ...silence, answer }
    if (text === "" || text === options.keepAlive?.reply) return silence
    const value = parseJson(text)
    if (value === undefined) return { ...silence, malformed: true }
    const messages: Array<A> = []
    let unknown = 0
    for (const one of Array.isArray(value) ? value : [value]) {
      const decoded = decode(one)
      if (Exit.isSuccess(decoded)) messages.push(decoded.value)
      else unknown++
    }
    return { ...silence, messages, unknown }
  }
}

/** Starts a feed that lives as long as the scope. */
export const make = <A>(options: JsonFeedOptions<A>): Effect.Effect<JsonFeed<A>, never, Scope.Scope> =>
  Effect.gen(function*() {
    const now = yield* SteadyClock.make
    const feed = yield* makeFeed(options)
    const read = makeReader(options)
    let malformed = 0
    let unknown = 0
    let stale = 0
    let heardAt = now()

    const messagesOf = (bytes: Buffer, arrivedAt: number): ReadonlyArray<JsonItem<A>> => {
      const frame = read(bytes)
      if (frame.answer !== undefined) feed.send(frame.answer)
      if (frame.malformed) malformed++
      unknown += frame.unknown
      if (frame.messages.length > 0) heardAt = now()
      return frame.messages.map((message) => ({ kind: "message", message, arrivedAt }))
    }

    const staleAfter = options.staleAfterMs
    if (staleAfter !== undefined) {
      yield* Effect.gen(function*() {
        yield* Effect.sleep(Math.min(staleAfter, 1_000))
        if (!feed.isOpen() || now() - heardAt < staleAfter) return
        stale++
        heardAt = now()
        feed.reconnect(`no message for ${staleAfter} ms`)
      }).pipe(Effect.forever, Effect.forkScoped)
    }

    return {
      ...feed,
      items: feed.items.pipe(
        Stream.map((item): ReadonlyArray<JsonItem<A>> => {
          if (item.kind === "frame") return messagesOf(item.bytes, item.arrivedAt)
          if (item.kind === "opened") heardAt = now()
          return [item]
        }),
        Stream.flattenIterable
      ),
      passedOver: () => ({ malformed, unknown }),
      stale: () => stale
    }
  })
