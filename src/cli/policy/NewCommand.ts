/** `policy new`: a commented policy file to begin with, and a passing test in it. Never overwrites. */
import { Console, Effect, FileSystem, Option, Path } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { policyJsonSchemaText } from "../../engine/policy/PolicyJsonSchema.ts"
import * as Exit from "../Exit.ts"
import { fail } from "../Venue.ts"
import { fileOf, kinds, templates } from "./Templates.ts"

/** Writes a new file. */
export const newCommand = Command.make(
  "new",
  {
    kind: Argument.Literals("kind", kinds).pipe(Argument.withDescription("What the policy does")),
    file: Flag.String("file").pipe(
      Flag.withDescription("Where to write it; default policies/my-KIND.yaml"),
      Flag.optional
    )
  },
  Effect.fn(function*(given) {
    const files = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const file = Option.getOrElse(given.file, () => path.join("policies", `my-${given.kind}.yaml`))
    const folder = path.dirname(file)
    yield* Effect.gen(function*() {
      yield* files.makeDirectory(folder, { recursive: true })
      yield* files.writeFileString(file, fileOf(given.kind), { flag: "wx" })
    }).pipe(
      Effect.catch((error) =>
        fail(
          Exit.usage,
          error.reason._tag === "AlreadyExists"
            ? `${file} is there already; name another with --file`
            : `${file} cannot be written: ${error.message}`
        )
      )
    )
    // Editors look for the schema beside the file.
    yield* Effect.ignore(
      files.writeFileString(path.join(folder, "schema.json"), policyJsonSchemaText(), { flag: "wx" })
    )
    yield* Console.log(`${file} is written; see what it does: policy test ${file}`)
  })
).pipe(
  Command.withShortDescription("Write a commented policy file to begin with"),
  Command.withDescription(
    `Writes a policy file with comments and a passing test, to be changed. Kinds:\n${
      kinds.map((kind) => `  ${kind}: ${templates[kind].summary}`).join("\n")
    }`
  ),
  Command.withExamples([
    { command: "policy new price-alert", description: "Writes policies/my-price-alert.yaml" },
    { command: "policy new dip-buy --file policies/rain.yaml" }
  ])
)
