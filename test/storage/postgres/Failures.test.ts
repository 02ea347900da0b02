import { assert, describe, it } from "@effect/vitest"
import { SqlError } from "effect/sql"
import { reasonOf } from "../../../src/storage/postgres/Failures.ts"

const props = (cause: unknown) => ({ cause, message: "failed", operation: "query" })
const unknown = (cause: unknown) => new SqlError.SqlError({ reason: new SqlError.UnknownError(props(cause)) })
const withState = (code: string) => unknown(Object.assign(new Error("said so"), { code }))

describe("Failures", () => {
  it("ARC-7 only a value is to blame for a refusal, never the schema, the disk or the server", () => {
    const cases: ReadonlyArray<readonly [SqlError.SqlError, string]> = [
      [withState("22021"), "Rejected"],
      [withState("22003"), "Rejected"],
      [withState("54000"), "Rejected"],
      [withState("53100"), "Unavailable"],
      [withState("57P01"), "Unavailable"],
      [withState("XX000"), "Unavailable"],
      [unknown(new Error("Connection closed")), "Unavailable"],
      [unknown(Object.assign(new Error("refused"), { code: "ECONNREFUSED" })), "Unavailable"],
      [unknown({ _tag: "PgTypesCodecError", message: "no numeric" }), "Rejected"],
      [new SqlError.SqlError({ reason: new SqlError.SqlSyntaxError(props(undefined)) }), "Unavailable"],
      [new SqlError.SqlError({ reason: new SqlError.ConstraintError(props(undefined)) }), "Rejected"],
      [new SqlError.SqlError({ reason: new SqlError.DeadlockError(props(undefined)) }), "Unavailable"],
      [new SqlError.SqlError({ reason: new SqlError.AuthenticationError(props(undefined)) }), "Unauthorized"]
    ]
    for (const [error, expected] of cases) assert.strictEqual(reasonOf("prices", error)._tag, expected)
  })
})
