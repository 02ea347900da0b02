/** What a bench of the simulator asks of its programs, and what they answer. */
import { performance } from "node:perf_hooks"
import process from "node:process"

/** Where a teller of frames listens, and for which tokens. */
export interface Address {
  readonly url: string
  readonly assetIds: ReadonlyArray<string>
}

/** What readers ask: begin to count, or say what was counted since. */
export type Ask = { readonly kind: "address" } | { readonly kind: "begin" } | { readonly kind: "finish" }

/** Processor time of a teller since it was told to begin, µs. */
export interface Spent {
  readonly cpuMicros: number
}

/** What readers counted. */
export interface Counted {
  readonly frames: number
  readonly bytes: number
  readonly seconds: number
}

/** Answers as a teller. */
export const teller = (address: Address) => {
  let before = process.cpuUsage()
  return async (message: Ask): Promise<Address | Spent | object> => {
    if (message.kind === "address") return address
    if (message.kind === "begin") {
      before = process.cpuUsage()
      return {}
    }
    const { system, user } = process.cpuUsage(before)
    return { cpuMicros: system + user }
  }
}

/** A watch on a count since it was last told to begin. */
export const counter = () => {
  const counted = { frames: 0, bytes: 0 }
  let from = performance.now()
  return {
    counted,
    answer: async (message: Ask): Promise<Counted | object> => {
      if (message.kind === "finish") return { ...counted, seconds: (performance.now() - from) / 1_000 }
      Object.assign(counted, { frames: 0, bytes: 0 })
      from = performance.now()
      return {}
    }
  }
}
