/** What the programs of this bench are asked, and how they measure. */

/** So many events for so many rules. */
export interface Asked {
  readonly rules: number
  readonly events: number
  readonly isMix: boolean
  /** Of the floor: it is given the events themselves, with ids and decimals as text, and not places in lists and whole numbers. */
  readonly isOfEvents?: boolean
}

/** What was measured; all programs must fire equally often. */
export interface Measured {
  readonly perSecond: number
  readonly cpuMicros: number
  readonly firings: number
}

/** Takes events one after the other, the first fifth to warm up; `take` says how many rules fired. */
export const measured = async (count: number, take: (index: number) => number | Promise<number>): Promise<Measured> => {
  let firings = 0
  const warm = Math.floor(count / 5)
  for (let index = 0; index < warm; index++) {
    const fired = take(index)
    firings += typeof fired === "number" ? fired : await fired
  }
  const cpu = process.cpuUsage()
  const began = performance.now()
  for (let index = warm; index < count; index++) {
    const fired = take(index)
    firings += typeof fired === "number" ? fired : await fired
  }
  const seconds = (performance.now() - began) / 1_000
  const used = process.cpuUsage(cpu)
  return { perSecond: (count - warm) / seconds, cpuMicros: (used.user + used.system) / (count - warm), firings }
}
