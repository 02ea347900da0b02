/** `policy`: what traders do with policy files besides running them. */
import { Console, Effect } from "effect"
import { Command } from "effect/cli"
import { checkCommand } from "./policy/CheckCommand.ts"
import { listCommand } from "./policy/ListCommand.ts"
import { newCommand } from "./policy/NewCommand.ts"
import { testCommand } from "./policy/TestCommand.ts"
import { disableCommand, enableCommand, fireCommand } from "./policy/TurnCommands.ts"
import { explainCommand, whyCommand } from "./policy/WhyCommand.ts"

const schema = Command.make(
  "schema",
  {},
  Effect.fn(function*() {
    const { policyJsonSchemaText } = yield* Effect.promise(() => import("../engine/policy/PolicyJsonSchema.ts"))
    yield* Console.log(policyJsonSchemaText().trimEnd())
  })
).pipe(
  Command.withDescription("Prints the JSON Schema of policy files, for editors."),
  Command.withExamples([{
    command: "policy schema > policies/schema.json",
    description: "Beside files that begin with # yaml-language-server: $schema=schema.json"
  }])
)

/** What traders do with policies. */
export const policyCommand = Command.make("policy").pipe(
  Command.withDescription(
    "Policies: check them, test them, list them, ask why they fire or are silent, turn them on and off, begin new ones."
  ),
  Command.withSubcommands([
    newCommand,
    checkCommand,
    testCommand,
    listCommand,
    whyCommand,
    explainCommand,
    enableCommand,
    disableCommand,
    fireCommand,
    schema
  ])
)
