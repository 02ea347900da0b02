/**
 * Serves the control of an engine on a Unix socket, `engine.sock` of its data folder, for the user who runs it and nobody else. The socket is made in a
 * folder of its own that nobody else can enter, and moved to its place when it listens; that replaces what a killed engine left. The caller holds the
 * folder's lock. Bodies are at most 64 KiB, a request has five seconds. Where no socket can be had the engine runs on without, and says so.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { ByteSize, Effect, Layer } from "effect"
import { HttpIncomingMessage, HttpRouter } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { chmodSync, mkdirSync, renameSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import process from "node:process"
import { AuditLog } from "../engine/AuditLog.ts"
import { Dispatcher } from "../engine/Dispatcher.ts"
import { EventClock } from "../engine/EventClock.ts"
import { PolicyControl } from "../engine/PolicyControl.ts"
import { ControlApi } from "./ControlApi.ts"
import { longestPath, socketOf } from "./ControlSocket.ts"

const deadline = 5_000
/** KiB. */
const largestBody = 64

const inTime = Effect.timeoutOrElse({
  duration: deadline,
  orElse: () => Effect.die(new Error(`no answer within ${deadline} ms`))
})

const policies = HttpApiBuilder.group(
  ControlApi,
  "policies",
  Effect.fnUntraced(function*(handlers) {
    const control = yield* PolicyControl
    return handlers.handleAll({
      list: () => inTime(control.list),
      why: ({ params, query }) => inTime(control.why(params.id, query.asset)),
      rehearse: ({ params, query }) => inTime(control.rehearse(params.id, query.asset)),
      enable: ({ params, payload }) => inTime(control.turn({ ...payload, policyId: params.id, isOn: true })),
      disable: ({ params, payload }) => inTime(control.turn({ ...payload, policyId: params.id, isOn: false }))
    })
  })
)

const engine = HttpApiBuilder.group(
  ControlApi,
  "engine",
  Effect.fnUntraced(function*(handlers) {
    const control = yield* PolicyControl
    const audit = yield* AuditLog
    const clock = yield* EventClock
    const dispatcher = yield* Dispatcher
    return handlers.handleAll({
      status: () =>
        Effect.map(inTime(control.list), (all) => ({
          runId: audit.runId,
          pid: process.pid,
          now: new Date(clock.now()).toISOString(),
          policies: { on: all.filter(({ isOn }) => isOn).length, off: all.filter(({ isOn }) => !isOn).length },
          events: dispatcher.events()
        }))
    })
  })
)

/** What the server answers, wherever it listens. */
export const routes = HttpApiBuilder.layer(ControlApi).pipe(Layer.provide([policies, engine]))

/** Serves at the socket of a data folder, whose lock is held. */
export const layer = (folder: string) =>
  Layer.unwrap(Effect.gen(function*() {
    const socket = socketOf(folder)
    const without = (why: string) =>
      Effect.as(
        Effect.logWarning(`no control socket, policy why, enable and disable do not reach this engine: ${why}`).pipe(
          Effect.annotateLogs({ service: "control" })
        ),
        Layer.empty
      )
    const nest = join(folder, ".c")
    if (Buffer.byteLength(socket) > longestPath) {
      return yield* without(`${socket} is longer than the ${longestPath} bytes that a socket's path may have`)
    }
    const prepared = yield* Effect.try({
      try: () => {
        rmSync(nest, { recursive: true, force: true })
        mkdirSync(nest, { mode: 0o700 })
      },
      catch: String
    }).pipe(Effect.result)
    if (prepared._tag === "Failure") return yield* without(prepared.failure)
    const moved = Layer.effectDiscard(Effect.acquireRelease(
      Effect.sync(() => {
        chmodSync(join(nest, "s"), 0o600)
        renameSync(join(nest, "s"), socket)
        rmSync(nest, { recursive: true, force: true })
      }),
      () => Effect.sync(() => rmSync(socket, { force: true }))
    ))
    const server = NodeHttpServer.layer(
      () => createServer({ requestTimeout: deadline, headersTimeout: deadline, maxHeaderSize: 8 * 1024 }),
      { path: join(nest, "s"), gracefulShutdownTimeout: 500 }
    )
    return HttpRouter.serve(routes, { disableLogger: true, disableListenLog: true }).pipe(
      Layer.merge(moved),
      Layer.provide(server),
      Layer.provide(Layer.succeed(HttpIncomingMessage.MaxBodySize, ByteSize.kibibytes(largestBody))),
      Layer.catchCause((cause) => Layer.unwrap(without(String(cause))))
    )
  }))
