import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"
import { policyJsonSchema, policyJsonSchemaText } from "../../../src/engine/policy/PolicyJsonSchema.ts"

type Json = Readonly<Record<string, unknown>>

/** Every named property of a schema, at any depth. */
const propertiesOf = (value: unknown): ReadonlyArray<readonly [string, Json]> => {
  if (typeof value !== "object" || value === null) return []
  const inner = Object.values(value).flatMap(propertiesOf)
  const { properties } = value as { readonly properties?: Readonly<Record<string, Json>> }
  return properties === undefined ? inner : [...Object.entries(properties), ...inner]
}

describe("PolicyJsonSchema", () => {
  it("POL-5 the file for editors is the one the Schema makes", () => {
    assert.strictEqual(readFileSync("policies/schema.json", "utf8"), policyJsonSchemaText())
  })

  it("says of every key what it is for, and refuses keys that are none", () => {
    const properties = propertiesOf(policyJsonSchema())
    assert.isAbove(properties.length, 50)
    assert.deepStrictEqual(
      properties.filter(([, { description }]) => description === undefined).map(([name]) => name),
      []
    )
    assert.notInclude(policyJsonSchemaText(), "\"additionalProperties\": true")
    assert.notInclude(policyJsonSchemaText(), "NaN")
  })

  it("every shipped policy file names it", () => {
    for (const name of readdirSync("policies").filter((name) => name.endsWith(".yaml"))) {
      const [first] = readFileSync(`policies/${name}`, "utf8").split("\n")
      assert.strictEqual(first, "# yaml-language-server: $schema=schema.json", name)
    }
  })
})
