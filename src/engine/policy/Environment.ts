/**
 * `{{ env.NAME }}`: values of the environment that the settings allow to leave in webhooks. What reads a template twice, once with the values and
 * once without, has something to show that holds none.
 */
import { Redacted } from "effect"
import type { Variable, Vocabulary } from "./Expression.ts"
import type { Scope } from "./Scope.ts"

/** Allowed names with their values; `undefined`: the name is allowed and not set. */
export type Environment = ReadonlyMap<string, Redacted.Redacted | undefined>

/** What stands for a value wherever somebody could read it. */
export const hidden = "<redacted>"

/** How names of the environment begin. */
export const prefix = "env."

/** Names with what the environment says; a vocabulary that tells values, and one that hides them. */
export const vocabulariesWith = (base: Vocabulary<Scope>, environment: Environment | undefined) => {
  const of = (tell: (value: Redacted.Redacted) => string): Vocabulary<Scope> => ({
    ...base,
    variable: (path): Variable<Scope> | undefined => {
      if (!path.startsWith(prefix)) return base.variable(path)
      const value = environment?.get(path.slice(prefix.length))
      return value === undefined ? undefined : { kind: "text", run: () => tell(value) }
    },
    names: [...base.names, ...[...environment?.keys() ?? []].map((name) => `${prefix}${name}`)]
  })
  return { telling: of(Redacted.value), hiding: of(() => hidden) }
}

/** The words of a text that somebody reads; a text that does not speak of the environment needs none of its own. */
export const hidingIn = (
  written: string,
  base: Vocabulary<Scope>,
  environment: Environment | undefined
): Vocabulary<Scope> => written.includes(prefix) ? vocabulariesWith(base, environment).hiding : base

/** Why a template is none, for people: what a name of the environment lacks, where it is about one. */
export const problemOf = (message: string, environment: Environment | undefined): string => {
  const path = /\benv\.\w+/.exec(message)?.[0]
  if (path === undefined) return message
  return environment?.has(path.slice(prefix.length)) === true
    ? `${path} is not set in the environment`
    : `${path} is not in the setting policies.env`
}
