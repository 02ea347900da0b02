/** The settings file of a command, and what it says to those who compile policies. */
import { Config, Effect, Option, Redacted } from "effect"
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

/**
 * What the settings and the environment say to those who compile policies. `unset` stands for variables that are not set; with `isWhole` there are no cron
 * jobs but those of these settings.
 */
export const compileOptions = Effect.fnUntraced(function*(
  settings: typeof SettingsModule.SettingsFile.Type,
  { isWhole, unset }: { readonly isWhole: boolean; readonly unset?: string }
): Effect.fn.Return<CompileOptions> {
  const env = new Map<string, Redacted.Redacted | undefined>()
  for (const name of settings.policies.env) {
    const found = yield* Effect.orDie(Config.option(Config.Redacted(name)))
    env.set(name, Option.getOrElse(found, () => unset === undefined ? undefined : Redacted.make(unset)))
  }
  return {
    env,
    webhookHosts: settings.webhooks.hosts,
    ...(isWhole ? { crons: Object.keys(settings.cron) } : {}),
    channels: new Map(Object.entries(settings.channels).map(([name, { type }]) => [name, type])),
    defaultSlippage: settings.orders.defaultSlippage === undefined
      ? undefined
      : SettingsModule.micro(settings.orders.defaultSlippage),
    validFor: settings.orders.validFor
  }
})
