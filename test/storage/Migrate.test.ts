import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { folder, statementsOf } from "../../src/storage/Migrate.ts"

describe("Migrate", () => {
  it("splits a file at semicolons that end a line, keeps dollar quotes whole, leaves comments out, knows sections", () => {
    const text = "-- why;\ncreate table a (\n  b text default ';' -- c\n);\n\n-- [aggregates]\n  -- more\n" +
      "create function f() returns void as $$\nbegin\n-- [kept]\n  x := 1;\nend;\n$$ language plpgsql;\n-- [all]\nselect 1"
    assert.deepStrictEqual(statementsOf(text), [
      { section: "all", text: "create table a (\n  b text default ';' -- c\n)" },
      {
        section: "aggregates",
        text: "create function f() returns void as $$\nbegin\n-- [kept]\n  x := 1;\nend;\n$$ language plpgsql"
      },
      { section: "all", text: "select 1" }
    ])
    assert.throws(() => statementsOf("-- [nobody]\nselect 1;"))
  })

  it("every released file is numbered once, without a hole, and has a statement", () => {
    const names = readdirSync(folder).sort()
    for (const [index, name] of names.entries()) {
      assert.match(name, /^\d{4}_[a-z]+_[a-z_]+\.sql$/)
      assert.strictEqual(Number(name.slice(0, 4)), index + 1)
      assert.isAbove(statementsOf(readFileSync(join(folder, name), "utf8")).length, 0)
    }
  })
})
