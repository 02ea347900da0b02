/** What tests of faults stand on: requests of which every byte and end is seen, and the control endpoint. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { request as open } from "node:http"
import type { FaultReport } from "../../../src/simulator/faults/ArmedFault.ts"
import { get, post } from "../Client.ts"

/** How a request ended: answered whole, answered in part, or not at all. */
export interface Outcome {
  readonly kind: "answered" | "broken" | "unanswered"
  readonly status?: number | undefined
  readonly headers?: Readonly<Record<string, unknown>>
  readonly text: string
  readonly code?: string | undefined
}

/** A request on its way. */
export interface Sent {
  readonly outcome: Effect.Effect<Outcome>
  readonly bytes: () => number
  readonly hasHeaders: () => boolean
  readonly isPending: () => boolean
  /** Completes when so many bytes of the body are there. */
  readonly received: (bytes: number) => Effect.Effect<void>
}

/** Sends a request on a connection of its own. */
export const send = (
  url: string,
  init: { readonly method?: string; readonly body?: string; readonly headers?: Readonly<Record<string, string>> } = {}
): Sent => {
  let outcome: Outcome | undefined
  let text = ""
  let status: number | undefined
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of listeners) listener()
  }
  const end = (one: Outcome) => {
    outcome ??= one
    changed()
  }
  const sent = open(url, { method: init.method ?? "GET", agent: false, headers: init.headers ?? {} })
  sent.on(
    "error",
    (error: NodeJS.ErrnoException) =>
      end({ kind: status === undefined ? "unanswered" : "broken", status, text, code: error.code })
  )
  sent.on("response", (response) => {
    status = response.statusCode
    changed()
    response.setEncoding("utf8")
    response.on("data", (chunk: string) => {
      text += chunk
      changed()
    })
    response.on("error", (error: NodeJS.ErrnoException) => end({ kind: "broken", status, text, code: error.code }))
    response.on("end", () => end({ kind: "answered", status, headers: response.headers, text }))
  })
  sent.end(init.body)
  const until = (fits: () => boolean) =>
    Effect.callback<void>((resume) => {
      const look = () => {
        if (!fits()) return
        listeners.delete(look)
        resume(Effect.void)
      }
      listeners.add(look)
      look()
    })
  return {
    outcome: until(() => outcome !== undefined).pipe(Effect.map(() => outcome as Outcome)),
    bytes: () => text.length,
    hasHeaders: () => status !== undefined,
    isPending: () => outcome === undefined,
    received: (bytes) => until(() => text.length >= bytes)
  }
}

/** Asks for a fault; its id. */
export const arm = (control: string, fault: Readonly<Record<string, unknown>>): Effect.Effect<string> =>
  post(control, { action: "fault", ...fault }).pipe(Effect.map(({ status, text }) => {
    assert.strictEqual(status, 200, text)
    return String(JSON.parse(text).id)
  }))

/** What became of a fault so far. */
export const reportOf = (control: string, id: string): Effect.Effect<FaultReport> =>
  get(`${control}/faults`).pipe(Effect.map(({ text }) => {
    const { faults } = JSON.parse(text) as { readonly faults: ReadonlyArray<FaultReport> }
    return faults.find((one) => one.id === id) ?? assert.fail(`no fault ${id}`)
  }))

/** Looks again, a turn of the loop each, until it fits; for what has no event of its own. */
export const eventually = <A>(look: Effect.Effect<A>, fits: (seen: A) => boolean): Effect.Effect<A> =>
  look.pipe(
    Effect.tap(Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))),
    Effect.repeat({ until: fits })
  )
