/** What a failure of PostgreSQL means for the caller: try again, or never. Pure. */
import type { SqlError } from "effect/sql"
import { Rejected, Unauthorized, Unavailable } from "../../domain/Failure.ts"

/**
 * The shared reason behind a failed statement. `Rejected` only where a value is to blame (SQL states 22, 23 and 54, or a
 * value that cannot be sent); a schema that does not fit, a full disk, a lost or stopped server are `Unavailable`.
 */
export const reasonOf = (where: string, error: SqlError.SqlError): Unavailable | Unauthorized | Rejected => {
  const { reason } = error
  const detail = detailOf(reason.cause, reason.message)
  switch (reason._tag) {
    case "AuthenticationError":
    case "AuthorizationError":
      return new Unauthorized({ where, detail })
    case "UniqueViolation":
    case "ConstraintError":
      return new Rejected({ where, code: stateOf(reason.cause) ?? "23000", detail })
    case "UnknownError": {
      const state = stateOf(reason.cause)
      if (state === undefined) {
        return isCodecFailure(reason.cause)
          ? new Rejected({ where, code: "unencodable", detail })
          : new Unavailable({ where, detail })
      }
      return state.startsWith("22") || state.startsWith("54")
        ? new Rejected({ where, code: state, detail })
        : new Unavailable({ where, detail: `${state} ${detail}` })
    }
    default:
      return new Unavailable({ where, detail })
  }
}

const stateOf = (cause: unknown): string | undefined =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string" &&
    /^[0-9A-Z]{5}$/.test(cause.code)
    ? cause.code
    : undefined

const isCodecFailure = (cause: unknown): boolean =>
  typeof cause === "object" && cause !== null && "_tag" in cause &&
  (cause._tag === "PgTypesCodecError" || cause._tag === "PgProtocolEncodeError")

const detailOf = (cause: unknown, message: string | undefined): string =>
  (cause instanceof Error && cause.message !== "" ? cause.message : message ?? "unknown").slice(0, 2048)
