/** A program that takes for ever to end, or with the argument "quick" no time, once told to. */
import { Effect } from "effect"
import process from "node:process"
import { runToEnd } from "../../src/cli/Root.ts"

runToEnd(
  Effect.gen(function*() {
    yield* Effect.sync(() => process.stdout.write("ready\n"))
    yield* Effect.sleep("1 hour")
  }).pipe(Effect.ensuring(
    process.argv.includes("quick") ? Effect.void : Effect.andThen(
      Effect.sync(() => process.stdout.write("ending\n")),
      Effect.sleep("1 hour")
    )
  ))
)
