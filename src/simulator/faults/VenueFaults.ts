/** Faults of the venue as a whole: its engine restarts or takes less than usual, its trades fail on their way to the chain, its port is closed. */
import { hasUser } from "../exchange/Chronicle.ts"
import type { Course } from "../exchange/Settlement.ts"
import type { Modes } from "../Modes.ts"
import type { OrderDesk } from "../OrderDesk.ts"
import type { Listening } from "../Server.ts"
import type { ArmedFault } from "./ArmedFault.ts"
import type { Fault } from "./Fault.ts"
import type { Faults } from "./Faults.ts"
import type { SocketFaults } from "./SocketFaults.ts"

/** What they act on. */
export interface VenueParts {
  readonly faults: Faults
  readonly modes: Modes
  readonly desk: OrderDesk
}

type Of<Name extends Fault["fault"]> = Extract<Fault, { readonly fault: Name }>

/** Restarts the engine; how many orders were canceled. */
export const restart = ({ desk, modes }: VenueParts, options: Omit<Of<"restart">, "fault">): number => {
  const { forMs = 90_000, orders, postOnlyMs = 120_000, retryAfter = true } = options
  modes.restart({ forMs, postOnlyMs, retryAfter })
  if (orders !== "canceled") return 0
  const live = [...desk.orders.values()].filter(({ status }) => status === "LIVE")
  for (const { apiKey, id } of live) desk.cancel(apiKey, [id], "restart")
  return live.length
}

/** Lets them happen. */
export const make = (parts: VenueParts): void => {
  const { desk, faults, modes } = parts
  faults.begun.push((armed) => {
    const { fault } = armed
    if (fault.fault === "restart") {
      strike(faults, armed)
      restart(parts, fault)
    } else if (fault.fault === "mode") {
      strike(faults, armed)
      modes.set(fault.mode, fault.forMs)
    }
  })
  faults.ended.push(({ fault }) => {
    if (fault.fault === "restart" || fault.fault === "mode") modes.set("normal")
  })
  desk.settlement.judge = (trade): Course => {
    if (faults.venue.length === 0 || !hasUser(trade)) return "well"
    const now = faults.now()
    for (const armed of faults.venue) {
      const { fault } = armed
      if (fault.fault !== "settlement" || !armed.isOn(now)) continue
      if (fault.assets !== undefined && !fault.assets.some((asset) => trade.assetIds.includes(asset))) continue
      if (!armed.strikes(faults.randomOf(armed))) continue
      faults.struck(armed, { trade: trade.id })
      return fault.outcome === "retry" ? "retries" : "fails"
    }
    return "well"
  }
}

/** Long enough for the answer to whoever asked for a closed port, ms. */
const courtesy = 20

/** How long until a port that somebody else has is tried again, ms. */
const again = 50

/** Lets the server's port be closed. */
export const serve = (faults: Faults, sockets: SocketFaults, server: Listening): void => {
  const reopen = (): void => server.reopen(() => faults.later(again, reopen))
  faults.begun.push((armed) => {
    const { fault } = armed
    if (fault.fault !== "down") return
    faults.later(courtesy, () => {
      strike(faults, armed)
      server.shut()
      sockets.reset()
      faults.later(fault.forMs, reopen)
    })
  })
}

const strike = (faults: Faults, armed: ArmedFault): void => {
  armed.offered++
  armed.applied++
  faults.struck(armed, {})
}
