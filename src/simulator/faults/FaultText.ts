/**
 * Faults as people write them: JSON, or a short form of words: the fault's name, then `field=value`, lists with commas:
 * `lose-reply on=clob method=POST path=/order probability=0.3 times=5`.
 */
import { Result, Schema } from "effect"
import { parseJson } from "../Http.ts"
import { type Fault, HttpFault, SocketFault, VenueFault } from "./Fault.ts"

const strict = { onExcessProperty: "error", errors: "all" } as const

const members = [...HttpFault.members, ...SocketFault.members, ...VenueFault.members].map((schema) => ({
  name: schema.fields.fault.literal,
  isSocket: SocketFault.members.some((one) => one === schema),
  decode: Schema.decodeUnknownResult(schema as Schema.Codec<Fault>, strict)
}))

/** Names of all faults, each once. */
export const names: ReadonlyArray<string> = [...new Set(members.map(({ name }) => name))]

const socketSurfaces: ReadonlySet<string> = new Set(["market", "user", "rtds", "polybolt", "sports", "sockets"])

const isOfSockets = (on: unknown): boolean => socketSurfaces.has(String(Array.isArray(on) ? on[0] : on))

/** Reads a fault from a JSON value; the failure says what is wrong with it. */
export const decode = (value: unknown): Result.Result<Fault, string> => {
  if (typeof value !== "object" || value === null) return Result.fail("expected a fault: an object with \"fault\"")
  const { fault, on } = value as { readonly fault?: unknown; readonly on?: unknown }
  const named = members.filter(({ name }) => name === fault)
  const [first] = named
  if (first === undefined) {
    return Result.fail(`expected "fault" to be one of ${names.join(", ")}, found ${JSON.stringify(fault)}`)
  }
  const fits = named.find(({ isSocket }) => isSocket === isOfSockets(on)) ?? first
  return Result.mapError(fits.decode(value), ({ message }) => message)
}

const valueOf = (key: string, text: string): unknown => {
  if (key === "assets") return text.split(",")
  if (key === "on" && text.includes(",")) return text.split(",")
  if (key === "id" || key === "body") return text
  const number = Number(text)
  if (text !== "" && Number.isFinite(number)) return number
  return text === "true" ? true : text === "false" ? false : text
}

/** Reads a fault from text, JSON or the short form. */
export const parse = (text: string): Result.Result<Fault, string> => {
  if (text.trimStart().startsWith("{")) {
    const value = parseJson(text)
    return value === undefined ? Result.fail("expected JSON or words, found neither") : decode(value)
  }
  const [fault, ...words] = text.trim().split(/\s+/)
  const fields: Array<readonly [string, unknown]> = []
  for (const word of words) {
    const at = word.indexOf("=")
    if (at <= 0) return Result.fail(`expected field=value, found ${JSON.stringify(word)}`)
    const key = word.slice(0, at)
    fields.push([key, valueOf(key, word.slice(at + 1))])
  }
  return decode({ fault, ...Object.fromEntries(fields) })
}
