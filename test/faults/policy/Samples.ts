/** Policy files to damage: those of the documentation and those that come with the program. */
import { readdirSync, readFileSync } from "node:fs"

const blocks = [...readFileSync("docs/policies.md", "utf8").matchAll(/^```yaml\n([\s\S]*?)^```/gm)]
  .map((match) => match[1] as string)

/** Their texts, each of which loads. */
export const samples: ReadonlyArray<string> = [
  ...blocks.filter((text) => text.includes("policies:\n  -")),
  ...readdirSync("policies").filter((name) => name.endsWith(".yaml")).map((name) =>
    readFileSync(`policies/${name}`, "utf8")
  )
]
