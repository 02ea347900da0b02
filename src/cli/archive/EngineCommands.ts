/** `archive actions|gaps|size|jobs`: what the engine did, and how its archive is. */
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { Queries } from "../../engine/Queries.ts"
import * as ArchiveClient from "../ArchiveClient.ts"
import { asking, output, print, span, spanOf } from "./Asking.ts"

/** The audit trail. */
export const actions = Command.make(
  "actions",
  {
    kind: Flag.String("kind").pipe(
      Flag.withDescription("Only this kind, for example order, firing or refusal"),
      Flag.optional
    ),
    ...span("1d")
  },
  Effect.fn(function*(given) {
    const range = yield* spanOf(given)
    const kind = Option.getOrUndefined(given.kind)
    yield* print(given, yield* asking(given, Effect.flatMap(Queries, (queries) => queries.actions(range, kind))))
  }, Effect.scoped)
).pipe(
  Command.withDescription("Shows the audit trail: what was decided and done, and why."),
  Command.withExamples([{ command: "archive actions --kind order --from 1d" }])
)

/** What may be missing. */
export const gaps = Command.make(
  "gaps",
  span("7d"),
  Effect.fn(function*(given) {
    const range = yield* spanOf(given)
    yield* print(given, yield* asking(given, Effect.flatMap(Queries, (queries) => queries.gaps(range))))
  }, Effect.scoped)
).pipe(
  Command.withDescription("Shows when feeds, or the archive itself, may have missed something."),
  Command.withExamples([{ command: "archive gaps --from 30d" }])
)

/** What the tables take. */
export const size = Command.make(
  "size",
  { ...output, ...ArchiveClient.flags },
  Effect.fn(function*(given) {
    yield* print(given, yield* asking(given, Effect.flatMap(Queries, (queries) => queries.sizes)))
  }, Effect.scoped)
).pipe(
  Command.withDescription(
    "Shows what each table holds and takes, from when to when. How long rows are kept is in the settings."
  ),
  Command.withExamples([{ command: "archive size" }])
)

/** The shipped jobs. */
export const jobs = Command.make(
  "jobs",
  { ...output, ...ArchiveClient.flags },
  Effect.fn(function*(given) {
    yield* print(given, yield* asking(given, Effect.flatMap(Queries, (queries) => queries.jobs)))
  }, Effect.scoped)
).pipe(
  Command.withDescription("Shows how the shipped jobs (aggregate, cleanup, daily-snapshot) went the last time."),
  Command.withExamples([{ command: "archive jobs" }])
)
