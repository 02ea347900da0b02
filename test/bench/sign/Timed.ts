/** What many repetitions of one thing cost. */
import process from "node:process"

/** Times in µs; `cpuMicros` is user and system time of the process for each repetition. */
export interface Timed {
  readonly cpuMicros: number
  readonly p50Micros: number
  readonly p99Micros: number
  readonly perSecond: number
}

/** A request for repetitions `from` up to `to`. */
export interface Repeat {
  readonly kind: string
  readonly from: number
  readonly to: number
}

/** Does something again and again, one after the other. */
export const timed = async ({ from, to }: Repeat, work: (at: number) => unknown): Promise<Timed> => {
  const count = to - from
  const times = new Float64Array(count)
  const cpu = process.cpuUsage()
  const start = performance.now()
  for (let at = 0; at < count; at++) {
    const before = performance.now()
    const pending = work(from + at)
    if (pending instanceof Promise) await pending
    times[at] = (performance.now() - before) * 1_000
  }
  const elapsed = performance.now() - start
  const used = process.cpuUsage(cpu)
  times.sort()
  return {
    cpuMicros: (used.user + used.system) / count,
    p50Micros: times[count >> 1] ?? 0,
    p99Micros: times[Math.floor(count * 0.99)] ?? 0,
    perSecond: count / elapsed * 1_000
  }
}
