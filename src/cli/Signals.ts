/**
 * SIGTERM and SIGINT beside the runtime, which ends the program in order on the first: a second one ends the process at
 * once, and so does an orderly end that takes too long. What is on disk by then is what the next start finds.
 */
import { Effect, Queue } from "effect"
import process from "node:process"

/** Signals closer together than this are one, s: npm passes on a Ctrl-C that its child has received already. */
const together = 0.3

/** The longest an orderly end may take. */
const patience = "14500 millis"

/** What a signal asks for: to end, to end at once, or nothing that was not asked before. */
export const makeSignals = () => {
  let first: number | undefined
  return (uptime: number): "end" | "endNow" | "same" => {
    if (first === undefined) {
      first = uptime
      return "end"
    }
    return uptime - first < together ? "same" : "endNow"
  }
}

/** Listens for signals until the process ends. */
export const listen = (): void => {
  const meaningOf = makeSignals()
  const endIn = Effect.andThen(
    Effect.sleep(patience),
    Effect.sync(() => {
      process.stderr.write("stopping takes too long, the rest is left to the next start\n")
      process.exit(1)
    })
  )
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    process.on(signal, () => {
      const meaning = meaningOf(process.uptime())
      if (meaning === "end") Effect.runFork(endIn)
      else if (meaning === "endNow") process.exit(code)
    })
  }
}

/** Whether anybody sits before the program. */
export const isTerminal = (): boolean => [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY)

/**
 * One entry for each SIGHUP, which asks a program to read its files again; as long as the scope lives. None in a terminal: there it says that the terminal
 * is gone, and ends the program as it ends any other.
 */
export const hangUps = Effect.fnUntraced(function*(inTerminal: boolean) {
  const asked = yield* Queue.sliding<void>(1)
  if (inTerminal) return asked
  const ask = () => void Queue.offerUnsafe(asked, undefined)
  yield* Effect.acquireRelease(
    Effect.sync(() => process.on("SIGHUP", ask)),
    () => Effect.sync(() => process.off("SIGHUP", ask))
  )
  return asked
})
