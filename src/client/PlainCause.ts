/** What went wrong on the network in the fewest true words, for example "connect ECONNREFUSED 127.0.0.1:9". Pure. */

const maximum = 300

const control = /\p{Cc}+/gu

/** Longest chain of causes that is followed. */
const deepest = 8

/** The innermost message of an error, its causes and its parts, on one line. */
export const plainCause = (error: unknown): string => {
  let text = ""
  let current = error
  for (let depth = 0; depth < deepest && current !== undefined && current !== null; depth++) {
    if (typeof current === "string") {
      text = current
      break
    }
    if (typeof current !== "object") break
    if ("message" in current && typeof current.message === "string" && current.message !== "") text = current.message
    else if (text === "" && "code" in current && typeof current.code === "string") text = current.code
    current = "cause" in current && current.cause !== undefined
      ? current.cause
      : "errors" in current && Array.isArray(current.errors)
      ? current.errors[0]
      : undefined
  }
  return (text === "" ? "unknown error" : text).replace(control, " ").slice(0, maximum)
}
