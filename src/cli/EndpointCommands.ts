/** Makes a command of a described call: required parameters are arguments, the others flags, the answer is a table or JSON. */
import { Console, Effect, type FileSystem, Option, type Scope, Stream } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import process from "node:process"
import type { Api } from "../client/Api.ts"
import type { Endpoint, Given, Param, Params } from "../client/Endpoint.ts"
import type { Reason } from "../domain/Failure.ts"
import type * as Exit from "./Exit.ts"
import * as Table from "./Table.ts"
import { endpointsFlag, failWith } from "./Venue.ts"

/** A failure of any client. */
export interface ApiError {
  readonly message: string
  readonly reason: Reason
}

/** How a group's client is made: from the file with the venue's addresses, when one is named. */
export type MakeApi = (
  file: string | undefined
) => Effect.Effect<Api<ApiError>, Exit.Failed, FileSystem.FileSystem | Scope.Scope>

type Value = string | number | boolean | ReadonlyArray<string>

const flagName = (name: string): string =>
  name.replace(/_/g, "-").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

const splitList = (text: string): ReadonlyArray<string> =>
  text.split(",").map((one) => one.trim()).filter((one) => one !== "")

const argumentOf = (name: string, param: Param): Argument.Argument<Option.Option<Value>> => {
  switch (param.kind) {
    case "integer":
      return Argument.Int(flagName(name)).pipe(
        Argument.withDescription(param.description),
        Argument.map((value) => Option.some<Value>(value))
      )
    case "list":
      return Argument.String(flagName(name)).pipe(
        Argument.withDescription(param.description),
        Argument.map((text) => Option.some<Value>(splitList(text)))
      )
    default:
      return Argument.String(flagName(name)).pipe(
        Argument.withDescription(param.description),
        Argument.map((value) => Option.some<Value>(value))
      )
  }
}

const flagOf = (name: string, param: Param): Flag.Flag<Option.Option<Value>> => {
  switch (param.kind) {
    case "integer":
      return Flag.Int(flagName(name)).pipe(
        Flag.withDescription(param.description),
        Flag.map((value): Value => value),
        Flag.optional
      )
    case "flag":
      return Flag.Boolean(flagName(name)).pipe(
        Flag.withDescription(param.description),
        Flag.map((value): Value => value),
        Flag.optional
      )
    case "list":
      return Flag.String(flagName(name)).pipe(
        Flag.withDescription(`${param.description}, comma separated`),
        Flag.map((text): Value => splitList(text)),
        Flag.optional
      )
    case "text":
      return Flag.String(flagName(name)).pipe(
        Flag.withDescription(param.description),
        Flag.map((value): Value => value),
        Flag.optional
      )
  }
}

/** The words after the group's name that make the example. */
const exampleOf = <P extends Params, A>(call: Endpoint<P, A>): string => {
  const given = call.example as Readonly<Record<string, Value | undefined>>
  const shown = (value: Value) => (typeof value === "object" ? value.join(",") : String(value))
  const words: Array<string> = [call.name]
  for (const [name, param] of Object.entries(call.params)) {
    const value = given[name]
    if (value === undefined) continue
    if (param.required === true) words.push(shown(value))
    else if (param.kind !== "flag") words.push(`--${flagName(name)} ${shown(value)}`)
    else words.push(value === true ? `--${flagName(name)}` : `--no-${flagName(name)}`)
  }
  return words.join(" ")
}

/** A command whose flags nobody else needs to know. */
export type CallCommand = Command.Command<string, never, {}, Exit.Failed, FileSystem.FileSystem>

/** The command of a call, for a group and its client. */
export const commandOf =
  <P extends Params, A>(call: Endpoint<P, A>) =>
  (group: string, make: MakeApi): { readonly words: ReadonlyArray<string>; readonly command: CallCommand } => {
    const words = call.name.split(" ")
    const parameters = Object.fromEntries(
      Object.entries(call.params).map((
        [name, param]
      ) => [name, param.required === true ? argumentOf(name, param) : flagOf(name, param)])
    )
    const json = Flag.Boolean("json").pipe(Flag.withDescription("Print the answer as JSON"), Flag.withDefault(false))
    const pages = Flag.Int("pages").pipe(Flag.withDescription("How many pages to follow"), Flag.withDefault(1))
    const command = Command.make(
      words[words.length - 1] ?? call.name,
      { parameters, json, endpoints: endpointsFlag, ...(call.paging === undefined ? {} : { pages }) },
      Effect.fn(function*(given) {
        const api = yield* make(given.endpoints)
        const values = Object.fromEntries(
          Object.entries(given.parameters).flatMap((
            [name, value]
          ) => (Option.isSome(value) ? [[name, value.value]] : []))
        ) as Given<P>
        const count = "pages" in given && typeof given.pages === "number" ? given.pages : 1
        yield* api.pages(call, values).pipe(
          Stream.take(count),
          Stream.runForEach((answer) =>
            Console.log(
              given.json
                ? JSON.stringify(answer, undefined, process.stdout.isTTY ? 2 : undefined)
                : Table.describe(answer, call.paging?.rows(answer), process.stdout.columns ?? 160)
            )
          ),
          Effect.catch(failWith)
        )
      }, Effect.scoped)
    ).pipe(
      Command.withShortDescription(call.summary),
      Command.withDescription(`${call.summary}.`),
      Command.withExamples([{ command: `${group} ${exampleOf(call)}`, description: call.summary }])
    )
    return { words, command }
  }

/** A command group of calls; calls with two words in their name make groups of their own. */
export const groupOf = (
  name: string,
  summary: string,
  make: MakeApi,
  calls: ReadonlyArray<(group: string, make: MakeApi) => ReturnType<ReturnType<typeof commandOf>>>
) => {
  const made = calls.map((call) => call(name, make))
  const first = [...new Set(made.map(({ words }) => words[0] ?? ""))]
  const subcommands = first.flatMap((word) => {
    const own = made.filter(({ words }) => words[0] === word)
    const direct = own.filter(({ words }) => words.length === 1).map(({ command }) => command)
    const nested = own.filter(({ words }) => words.length > 1).map(({ command }) => command)
    return nested.length === 0
      ? direct
      : [
        ...direct,
        Command.make(word).pipe(Command.withShortDescription(`${name} ${word}`), Command.withSubcommands(nested))
      ]
  })
  return Command.make(name).pipe(Command.withDescription(summary), Command.withSubcommands(subcommands))
}
