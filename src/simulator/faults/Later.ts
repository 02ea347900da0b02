/** Things to do after a while, by the clock of whoever started the simulator, for code that is driven by sockets. */
import { Effect, FiberSet, type Scope } from "effect"

/** Does something after so many ms, unless the simulator ends before; at once for 0. */
export type Later = (ms: number, act: () => void) => void

/** Makes one that lives as long as the scope. */
export const make: Effect.Effect<Later, never, Scope.Scope> = Effect.gen(function*() {
  const run = yield* FiberSet.makeRuntime<never>()
  return (ms, act) => {
    if (ms <= 0) act()
    else run(Effect.andThen(Effect.sleep(ms), Effect.sync(act)))
  }
})
