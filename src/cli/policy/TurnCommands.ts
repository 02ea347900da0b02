/** `policy enable|disable|fire`: turns a policy of a running engine on or off, and shows what one would do now. */
import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { userInfo } from "node:os"
import { longestLine } from "../../api/ControlApi.ts"
import { textOfExplanation } from "../../engine/policy/ExplainText.ts"
import { usage } from "../archive/Asking.ts"
import * as Exit from "../Exit.ts"
import * as Control from "./Control.ts"

const id = Argument.String("id").pipe(Argument.withDescription("The policy's id"))

/** Who asks, as the operating system knows them. */
const actor = Effect.sync(() => {
  try {
    return userInfo().username
  } catch {
    return "somebody"
  }
})

const turnCommand = (name: "enable" | "disable") =>
  Command.make(
    name,
    {
      id,
      reason: Flag.String("reason").pipe(Flag.withDescription("Why, for the audit trail"), Flag.withDefault("")),
      data: Control.data,
      json: Control.json
    },
    Effect.fn(function*(given) {
      if (given.reason.length > longestLine) {
        return yield* usage(`expected a reason of at most ${longestLine} letters, found ${given.reason.length}`)
      }
      const payload = { actor: yield* actor, reason: given.reason }
      const turned = yield* Control.ask(given.data, (api) => api.policies[name]({ params: { id: given.id }, payload }))
      const state = turned.isOn ? "on" : "off"
      yield* Console.log(
        given.json
          ? JSON.stringify(turned)
          : turned.hasChanged
          ? `${turned.policy} is ${state} now`
          : `${turned.policy} was ${state} already`
      )
    })
  )

/** Turns a policy on. */
export const enableCommand = turnCommand("enable").pipe(
  Command.withShortDescription("Turn a policy of a running engine on"),
  Command.withDescription(
    "Turns a policy on that a person or the engine turned off. It begins anew: crossings and holds are counted from then. Cooldowns and limits go on."
  ),
  Command.withExamples([{ command: "policy enable my_dip_buy --reason \"checked\"" }])
)

/** Turns a policy off. */
export const disableCommand = turnCommand("disable").pipe(
  Command.withShortDescription("Turn a policy of a running engine off"),
  Command.withDescription(
    "Turns a policy off at once, and keeps it off across restarts, until somebody turns it on. Who and why are kept in the audit trail. Its orders stay."
  ),
  Command.withExamples([{ command: "policy disable my_dip_buy --reason \"too many fills\"" }])
)

/** Shows what a firing would do now. */
export const fireCommand = Command.make(
  "fire",
  {
    id,
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withDescription("Only show what it would do, which is all that this command does"),
      Flag.withDefault(false)
    ),
    asset: Flag.String("asset").pipe(Flag.withDescription("Token id, slug:Outcome or symbol"), Flag.optional),
    data: Control.data,
    json: Control.json
  },
  Effect.fn(function*(given) {
    if (!given.dryRun) {
      return yield* new Exit.Failed({
        code: Exit.usage,
        message:
          "expected --dry-run: policies fire by their conditions alone, this command only shows what one would do now"
      })
    }
    const query = { asset: Option.getOrUndefined(given.asset) }
    const { actions, explanation } = yield* Control.ask(
      given.data,
      (api) => api.policies.rehearse({ params: { id: given.id }, query })
    )
    if (given.json) return yield* Console.log(JSON.stringify({ explanation, actions }))
    yield* Console.log(textOfExplanation(explanation))
    yield* Console.log("A firing now would do this (nothing of it was done):")
    for (const [index, { details, refusal, type }] of actions.entries()) {
      const words = Object.entries(details).map(([key, value]) => `${key} ${value}`).join(", ")
      yield* Console.log(
        `  ${index + 1}. ${type}: ${words}${refusal === undefined ? "" : ` — risk would refuse it: ${refusal}`}`
      )
    }
  })
).pipe(
  Command.withShortDescription("Show what a firing of a policy would do now"),
  Command.withDescription(
    "Shows the actions of a policy as they would be now, with what the risk gate would say of its orders. Does none of them, and changes nothing."
  ),
  Command.withExamples([{ command: "policy fire my_dip_buy --dry-run" }])
)
