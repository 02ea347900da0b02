/** Logs for people, on stderr, one record a line: time, level, message, annotations. A live status line makes way for them. */
import { Cause, Logger, References } from "effect"
import type { Layer } from "effect"
import process from "node:process"
import { oneLine } from "../domain/OneLine.ts"

const clearLine = "\r\u001b[K"

const format = Logger.make<unknown, string>(({ cause, date, fiber, logLevel, message }) => {
  const texts = (Array.isArray(message) ? message : [message]).map((part: unknown) =>
    typeof part === "string" ? part : JSON.stringify(part)
  )
  if (cause.reasons.length > 0) texts.push(Cause.pretty(cause))
  const annotations = Object.entries(fiber.getRef(References.CurrentLogAnnotations)).map(([name, value]) =>
    `${name}=${String(value)}`
  )
  const clock = date.toISOString().slice(11, 19)
  return `${clock} ${logLevel.toUpperCase().padEnd(5)} ${oneLine([...texts, ...annotations].join(" "))}`
})

/** Writes every log record to stderr. */
export const layer: Layer.Layer<never> = Logger.layer([
  Logger.map(format, (line) => {
    process.stderr.write(process.stderr.isTTY ? `${clearLine}${line}\n` : `${line}\n`)
  })
])
