/**
 * What stands between clients and surfaces, in this order: faults, the venue's rate limits, the mode of its engine. Control is before none of it.
 */
import { Effect, type Scope } from "effect"
import type { SocketSurface } from "./faults/Fault.ts"
import { Faults, type RecordLine } from "./faults/Faults.ts"
import * as FaultyHttp from "./faults/HttpFaults.ts"
import * as Later from "./faults/Later.ts"
import { SocketFaults, type Upgrade } from "./faults/SocketFaults.ts"
import * as VenueFaults from "./faults/VenueFaults.ts"
import { RateLimits } from "./limits/RateLimits.ts"
import type { Modes } from "./Modes.ts"
import type { OrderDesk } from "./OrderDesk.ts"
import type { Between, Listening } from "./Server.ts"

/** The gate. */
export interface Gate {
  readonly faults: Faults
  readonly modes: Modes
  readonly between: Between
  /** Upgrades by path, with faults in their way. */
  readonly sockets: (upgrades: Readonly<{ [path: string]: Upgrade }>) => Readonly<{ [path: string]: Upgrade }>
  /** Lets faults close the server's port. */
  readonly serve: (server: Listening) => void
  readonly stats: () => { readonly [counter: string]: unknown }
  /** Cuts what was never let in. */
  readonly close: () => void
}

const surfaceOf: { readonly [path: string]: SocketSurface } = {
  "/ws/market": "market",
  "/ws/user": "user",
  "/rtds": "rtds",
  "/polybolt": "polybolt",
  "/sports": "sports"
}

/** Makes one. `limits`: how many times the venue's figures, infinity for none. */
export const make = (options: {
  readonly seed: number
  /** ms UTC. */
  readonly now: () => number
  readonly record: RecordLine
  readonly limits: number
  readonly modes: Modes
  readonly desk: OrderDesk
  readonly asOf: FaultyHttp.AsOf
}): Effect.Effect<Gate, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { asOf, desk, modes, now, record, seed } = options
    const later = yield* Later.make
    const faults = new Faults({ seed, now, later, record })
    const sockets = new SocketFaults(faults)
    const limits = Number.isFinite(options.limits) ? new RateLimits(options.limits, now, later) : undefined
    VenueFaults.make({ faults, modes, desk })
    const suffer = FaultyHttp.make(faults, asOf)
    return {
      faults,
      modes,
      between: (request, response, process) => {
        const { method, path, surface } = request
        const taken = () => {
          const refused = surface === "clob" ? modes.answer(request) : undefined
          if (refused === undefined) return process()
          record({ kind: "refused", mode: modes.mode, method, path, status: refused.status })
          return refused
        }
        suffer(request, response, limits === undefined ? taken : () => limits.guard(surface, request, taken))
      },
      sockets: (upgrades) =>
        Object.fromEntries(
          Object.entries(upgrades).map(([path, upgrade]) => {
            const surface = surfaceOf[path]
            return [path, surface === undefined ? upgrade : sockets.between(surface, upgrade)]
          })
        ),
      serve: (server) => VenueFaults.serve(faults, sockets, server),
      stats: () => ({
        engineMode: modes.mode,
        refusedByMode: modes.refused,
        ...limits?.stats(),
        faults: faults.reports()
      }),
      close: () => sockets.reset()
    }
  })
