/**
 * A reconnecting, resubscribing socket as a Stream. The stream never ends and never fails: a lost connection is an item of
 * it, and so is the new one. Frames are bytes, UTF-8 when the server keeps to the protocol. When the consumer falls behind, the
 * socket is paused, so that the pressure reaches the sender. Timers run on the Clock service.
 */
import { Effect, Fiber, Random } from "effect"
import type { Scope, Stream } from "effect"
import { type RawData, WebSocket } from "ws"
import { FrameTap } from "./FrameTap.ts"
import { makeOutlet, type Outlet } from "./Outlet.ts"
import { plainCause } from "./PlainCause.ts"
import * as Reconnect from "./Reconnect.ts"
import * as SteadyClock from "./SteadyClock.ts"

/** What a feed tells, in the order it happened. Times in ms: `at` and `from` UTC by a steady clock, `arrivedAt` by performance.now(). */
export type FeedItem =
  | { readonly kind: "opened"; readonly at: number }
  | { readonly kind: "frame"; readonly bytes: Buffer; readonly arrivedAt: number }
  /** `from` is when data last arrived, or when the connection was made. */
  | { readonly kind: "closed"; readonly at: number; readonly from: number; readonly reason: string }

/** How a feed behaves. */
export interface FeedOptions {
  /** As it appears in logs. */
  readonly name: string
  readonly url: string
  /** What to send on each new connection, in order. */
  readonly onOpen: () => ReadonlyArray<string>
  /** A text sent every so often. When it has to be answered, a connection without the answer is replaced. */
  readonly keepAlive?: {
    readonly message: string
    readonly everyMs: number
    readonly reply?: string
    /** Less than `everyMs`. */
    readonly replyWithinMs?: number
  }
  /** Shared by the feeds to one endpoint; a feed alone has its own. */
  readonly budget?: Reconnect.ConnectBudget
  /** Longest time until the connection stands, ms; 10,000 unless told. */
  readonly handshakeTimeoutMs?: number
}

/** A running feed whose items go elsewhere. */
export interface Connection {
  /** Sends now; false when there is no connection, where `onOpen` will speak for the next. */
  readonly send: (text: string) => boolean
  /** Replaces the connection. */
  readonly reconnect: (reason: string) => void
  readonly isOpen: () => boolean
  /** How often a connection stood. */
  readonly connections: () => number
  /** Why the last connection failed or ended, with the host; absent when none has. */
  readonly lastError: () => string | undefined
}

/** A running feed. */
export interface Feed extends Connection {
  /** Everything that happens, to be run once. */
  readonly items: Stream.Stream<FeedItem>
}

/** Largest message accepted, bytes. */
export const maximumPayload = 4 * 1024 * 1024

/** Most fragments of one message. */
export const maximumFragments = 1_024

const userAgent = "polymarket-hft"

/** Frames held for the consumer before the sockets are paused. */
export const capacity = 8_192

/** Starts a feed that lives as long as the scope. */
export const makeFeed = (
  options: FeedOptions & { readonly capacity?: number }
): Effect.Effect<Feed, never, Scope.Scope> =>
  Effect.gen(function*() {
    const outlet = makeOutlet<FeedItem>(options.capacity ?? capacity)
    const connection = yield* feedInto(outlet, options, (item) => item)
    return { ...connection, items: outlet.stream }
  })

/** Starts a feed that leaves its items, each as `tag` makes it, in an outlet shared with others. */
export const feedInto = <A>(
  outlet: Outlet<A>,
  options: FeedOptions,
  tag: (item: FeedItem) => A
): Effect.Effect<Connection, never, Scope.Scope> =>
  Effect.gen(function*() {
    const now = yield* SteadyClock.make
    const tap = yield* FrameTap
    const budget = options.budget ?? Reconnect.makeBudget()
    const host = hostOf(options.url)
    let socket: WebSocket | undefined
    let lastDataAt = 0
    let lastReplyAt = 0
    let hasData = false
    let connections = 0
    let lastError: string | undefined
    let end: ((reason: string) => void) | undefined

    outlet.onDrain(() => {
      if (socket?.isPaused === true) socket.resume()
    })

    const push = (item: FeedItem): void => {
      outlet.push(tag(item))
      if (outlet.isFull()) socket?.pause()
    }

    const onMessage = (data: RawData): void => {
      // The socket hands over one Buffer a message: its binary type is left at that.
      const bytes = data as Buffer
      if (bytes.length < 16 && bytes.toString().trim() === options.keepAlive?.reply) lastReplyAt = now()
      else {
        lastDataAt = now()
        hasData = true
        tap?.(options.name, bytes, lastDataAt)
      }
      push({ kind: "frame", bytes, arrivedAt: performance.now() })
    }

    const connect = Effect.callback<string>((resume) => {
      let isDone = false
      let fault: string | undefined
      const current = open(options)
      if (typeof current === "string") return resume(Effect.succeed(current))
      const close = (reason: string): void => {
        if (isDone) return
        isDone = true
        current.removeAllListeners()
        current.on("error", ignore)
        current.terminate()
        socket = undefined
        end = undefined
        resume(Effect.succeed(reason))
      }
      end = close
      current.on("open", () => {
        socket = current
        connections++
        lastDataAt = now()
        lastReplyAt = lastDataAt
        push({ kind: "opened", at: lastDataAt })
        for (const text of options.onOpen()) current.send(text)
      })
      current.on("message", onMessage)
      current.on("error", (error) => {
        fault = plainCause(error)
        if (socket === undefined) close(fault)
      })
      current.on("close", (code, reason) => {
        close(fault ?? `closed by the server (${code}${reason.length > 0 ? ` ${reason.toString()}` : ""})`)
      })
      return Effect.sync(() => close("stopped"))
    })

    const keepAlive = options.keepAlive
    const guard = keepAlive === undefined ? Effect.never : Effect.gen(function*() {
      const { everyMs, message, reply, replyWithinMs = 0 } = keepAlive
      while (true) {
        yield* Effect.sleep(everyMs - replyWithinMs)
        if (socket === undefined) continue
        socket.send(message)
        const sentAt = now()
        yield* Effect.sleep(replyWithinMs)
        if (reply !== undefined && socket !== undefined && !socket.isPaused && lastReplyAt < sentAt) {
          end?.(`no ${reply} within ${replyWithinMs} ms`)
        }
      }
    })

    const life = Effect.gen(function*() {
      let attempt = 0
      let since = now()
      let isFirst = true
      while (true) {
        if (!isFirst) {
          const outage = now() - since
          yield* Effect.sleep(Reconnect.delayBefore(attempt, outage, yield* Random.next))
          attempt++
        }
        isFirst = false
        for (;;) {
          const wait = Reconnect.takeConnect(budget, now())
          if (wait === 0) break
          yield* Effect.sleep(wait)
        }
        hasData = false
        const before = connections
        const watching = yield* Effect.forkChild(guard)
        const reason = yield* connect
        yield* Fiber.interrupt(watching)
        lastError = `${host}: ${reason}`
        const at = now()
        if (hasData) {
          attempt = 0
          since = at
        } else if (attempt === 0) attempt = 1
        if (connections > before) push({ kind: "closed", at, from: lastDataAt, reason: lastError })
        yield* Effect.logDebug(`${options.name}: ${lastError}`)
      }
    })

    yield* Effect.forkScoped(life)
    return {
      send: (text) => {
        if (socket === undefined) return false
        socket.send(text)
        return true
      },
      reconnect: (reason) => end?.(reason),
      isOpen: () => socket !== undefined,
      connections: () => connections,
      lastError: () => lastError
    }
  })

const ignore = (): void => {}

/** Begins to connect, or says why the URL cannot be connected to. */
const open = (options: FeedOptions): WebSocket | string => {
  try {
    return new WebSocket(options.url, {
      perMessageDeflate: false,
      maxPayload: maximumPayload,
      maxFragments: maximumFragments,
      handshakeTimeout: options.handshakeTimeoutMs ?? 10_000,
      headers: { "User-Agent": userAgent }
    })
  } catch (error) {
    return plainCause(error)
  }
}

const hostOf = (url: string): string => {
  try {
    return new URL(url).host
  } catch {
    return url
  }
}
