/** Flags of `simulate` that say what is to go wrong. */
import { Effect, Result } from "effect"
import { CliError, Flag } from "effect/cli"

const invalid = (option: string, value: string, expected: string) =>
  new CliError.InvalidValue({ option, value, expected, kind: "flag" })

/** `--fault`, any number of times: JSON, or words such as `drop on=market probability=0.01`. */
export const fault = Flag.String("fault").pipe(
  Flag.withDescription(
    "What is to go wrong, as JSON or as words, any number of times: " +
      "\"lose-reply on=clob method=POST path=/order probability=0.3\", \"silence on=market afterMs=60000 forMs=30000\". " +
      "Names: refuse, reset, hang, slow, cut, status, lose-request, lose-reply, late, short, lag, forget (requests); refuse, reset, hang, slow, " +
      "cut, silence, drop, duplicate, reorder, malform, fragment (sockets); restart, mode, settlement, down (the venue). docs/simulator.md explains them"
  ),
  Flag.mapEffect((text) =>
    Effect.promise(() => import("../simulator/faults/FaultText.ts")).pipe(
      Effect.flatMap((FaultText) => {
        const read = FaultText.parse(text)
        return Result.isSuccess(read)
          ? Effect.succeed(read.success)
          : Effect.fail(invalid("fault", text, read.failure))
      })
    )
  ),
  Flag.atLeast(0)
)

/** `--rate-limits`: how many times the venue's figures, infinity for `off`. */
export const rateLimits = Flag.String("rate-limits").pipe(
  Flag.withDescription("The venue's published rate limits times this, such as 0.1, or \"off\""),
  Flag.mapEffect((text) => {
    const factor = text === "off" ? Number.POSITIVE_INFINITY : Number(text)
    return factor > 0
      ? Effect.succeed(factor)
      : Effect.fail(invalid("rate-limits", text, "a number above 0, or off"))
  }),
  Flag.withDefault(1)
)
