/** The settings file of a command, and what it says to those who compile policies. */
import { Effect } from "effect"
import { Flag } from "effect/cli"
import * as YAML from "yaml"
import type { CompileOptions } from "../engine/policy/Compile.ts"
import * as SettingsModule from "../Settings.ts"
import * as Exit from "./Exit.ts"
import { fail, readFile } from "./Venue.ts"

/** The flag that names it. */
export const configFlag = Flag.String("config").pipe(
  Flag.withDescription("Settings file (YAML or JSON)"),
  Flag.optional
)

/** Reads settings; the defaults without a file. */
export const readSettings = Effect.fnUntraced(function*(file: string | undefined) {
  if (file === undefined) return yield* Effect.orDie(SettingsModule.decode({}))
  const text = yield* readFile(file, Exit.badData)
  const value = yield* Effect.try({
    try: (): unknown => YAML.parse(text, { strict: true, maxAliasCount: 0 }) ?? {},
    catch: (error) => new Exit.Failed({ code: Exit.badData, message: `${file}: ${String(error)}` })
  })
  return yield* SettingsModule.decode(value).pipe(
    Effect.catch((error) => fail(Exit.badData, `${file}: ${error.message}`))
  )
})

/** What the settings say to those who compile policies. */
export const compileOptions = (settings: typeof SettingsModule.SettingsFile.Type): CompileOptions => ({
  defaultSlippage: settings.orders.defaultSlippage === undefined
    ? undefined
    : SettingsModule.micro(settings.orders.defaultSlippage),
  validFor: settings.orders.validFor
})
