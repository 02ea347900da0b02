/** `policy list`: the policies of a folder, and what the journal of a data folder knows of their firings. Looks only, also while an engine runs. */
import { Clock, Console, Effect, Option, Result } from "effect"
import { Command, Flag } from "effect/cli"
import process from "node:process"
import * as Span from "../../domain/Span.ts"
import type { FiringRecord } from "../../engine/Journal.ts"
import * as Load from "../../engine/policy/Load.ts"
import * as Exit from "../Exit.ts"
import { compileOptions, configFlag, readSettings } from "../SettingsFile.ts"
import * as Table from "../Table.ts"
import { fail } from "../Venue.ts"
import * as Control from "./Control.ts"
import * as PolicyFiles from "./PolicyFiles.ts"

const day = 86_400_000

/** What is told of the firings of a policy; times in ms UTC. */
export interface FiringFacts {
  /** Absent: never. */
  readonly lastFiring: number | undefined
  /** Since midnight UTC. */
  readonly today: number
  readonly total: number
}

/** What the firings of a journal come to at `now`, by policy. */
export const factsOf = (firings: Iterable<FiringRecord>, now: number): ReadonlyMap<string, FiringFacts> => {
  const midnight = now - now % day
  const facts = new Map<string, FiringFacts>()
  for (const { policyId, receivedAt } of firings) {
    const before = facts.get(policyId)
    facts.set(policyId, {
      lastFiring: Math.max(receivedAt, before?.lastFiring ?? 0),
      today: (before?.today ?? 0) + (receivedAt >= midnight ? 1 : 0),
      total: (before?.total ?? 0) + 1
    })
  }
  return facts
}

const stateOf = (off: { readonly actor: string; readonly reason: string } | undefined): string =>
  off === undefined ? "off" : `off by ${off.actor}${off.reason === "" ? "" : `: ${off.reason}`}`

/** Lists policies. */
export const listCommand = Command.make(
  "list",
  {
    policies: Flag.String("policies").pipe(
      Flag.withDescription("Folder of policy files"),
      Flag.withDefault("policies")
    ),
    data: Flag.String("data").pipe(
      Flag.withDescription("Data folder whose journal tells of firings"),
      Flag.withDefault("data")
    ),
    config: configFlag,
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))
  },
  Effect.fn(function*(given) {
    const live = yield* Control.askIfThere(given.data, (api) => api.policies.list())
    if (live !== undefined) {
      const rows = live.map((one) => ({
        policy: one.policy,
        name: one.name,
        enabled: one.isOn,
        state: one.isOn ? "on" : stateOf(one.off),
        cooldown: one.cooldown === 0 ? "" : Span.toText(one.cooldown),
        cooldownLeft: one.cooldownLeft > 0 ? Span.toText(Math.ceil(one.cooldownLeft / 1_000) * 1_000) : "",
        lastFiring: one.lastFiring ?? "",
        today: one.firingsToday,
        ordersToday: one.ordersToday,
        total: one.firings
      }))
      return yield* Console.log(given.json ? JSON.stringify(rows) : Table.table(rows, process.stdout.columns ?? 120))
    }
    const options = yield* compileOptions(yield* readSettings(Option.getOrUndefined(given.config)), {
      isWhole: false,
      unset: "unset"
    })
    const found = yield* PolicyFiles.find([given.policies])
    const App = yield* Effect.promise(() => import("../../App.ts"))
    const compiled = Load.compileAll(found.policies, options)
    const problems = [...found.problems, ...(Result.isFailure(compiled) ? compiled.failure : [])]
    if (problems.length > 0 || Result.isFailure(compiled)) {
      return yield* fail(Exit.badData, problems.map(String).join("\n"))
    }
    const records = yield* App.journalOf(given.data).pipe(
      Effect.catch((error) => fail(Exit.unavailable, error.message))
    )
    const now = yield* Clock.currentTimeMillis
    const facts = factsOf(records.filter((record) => record._tag === "Firing"), now)
    const rows = compiled.success.map((policy) => {
      const { lastFiring, today = 0, total = 0 } = facts.get(policy.id) ?? {}
      const left = lastFiring === undefined || policy.cooldownPer !== "policy"
        ? 0
        : lastFiring + policy.cooldown - now
      return {
        policy: policy.id,
        name: policy.name,
        enabled: policy.enabled,
        cooldown: policy.cooldown === 0 ? "" : Span.toText(policy.cooldown),
        cooldownLeft: left > 0 ? Span.toText(Math.ceil(left / 1_000) * 1_000) : "",
        lastFiring: lastFiring === undefined ? "" : new Date(lastFiring).toISOString(),
        today,
        total
      }
    })
    yield* Console.log(given.json ? JSON.stringify(rows) : Table.table(rows, process.stdout.columns ?? 120))
  })
).pipe(
  Command.withShortDescription("List policies with their last firing, cooldown left and counts"),
  Command.withDescription(
    "Lists the policies of a folder with what the journal of the data folder knows of them: when each fired last, what is left of its " +
      "cooldown, how often it fired today (UTC) and in all. Of an engine that runs on the data folder it lists the policies in force, with who turned which off."
  ),
  Command.withExamples([{ command: "policy list --json" }])
)
