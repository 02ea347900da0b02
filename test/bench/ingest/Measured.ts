/** What the two measured programs of the ingest bench, engine and floor, answer to. */

/** `begin`: counts from here. `finish`: answers once so many trades in all have come through. */
export type Ask = { readonly kind: "begin" } | { readonly kind: "finish"; readonly trades: number }

/** What happened since `begin`. */
export interface Finished {
  readonly seconds: number
  /** User and system time of the whole process. */
  readonly cpuMicros: number
  /** From a frame in our hands to the decision, or to the book. */
  readonly p50Micros: number
  readonly p99Micros: number
}

/** Most assets of a socket, as the venue's clients do. */
export const assetsPerSocket = 200

/** How often a finishing program looks whether everything has come, ms. */
const lookEvery = 5

/** Answers the two questions about something that counts trades and keeps latencies. */
export const measure = (subject: {
  readonly trades: () => number
  readonly reset: () => void
  readonly quantile: (share: number) => number
  /** Throws when something went wrong on the way. */
  readonly check: () => Promise<void>
}) => {
  let cpu = process.cpuUsage()
  let startedAt = performance.now()
  return async (ask: Ask): Promise<Finished | undefined> => {
    if (ask.kind === "begin") {
      subject.reset()
      cpu = process.cpuUsage()
      startedAt = performance.now()
      return undefined
    }
    while (subject.trades() < ask.trades) await new Promise((resolve) => setTimeout(resolve, lookEvery))
    const { system, user } = process.cpuUsage(cpu)
    const finished = {
      seconds: (performance.now() - startedAt) / 1_000,
      cpuMicros: user + system,
      p50Micros: subject.quantile(0.5) * 1_000,
      p99Micros: subject.quantile(0.99) * 1_000
    }
    await subject.check()
    return finished
  }
}
