/** The command line: `run` unless another command is named. Commands load what they need when they run, to start quickly. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect, Exit as EffectExit, Layer, Runtime } from "effect"
import { Command } from "effect/cli"
import { readFileSync } from "node:fs"
import process from "node:process"
import * as Exit from "./Exit.ts"
import * as Logs from "./Logs.ts"
import * as Signals from "./Signals.ts"

/** The commands, in the order that help lists them. Each loads its own module alone: loading all takes longer than many commands do. */
const commands = {
  run: () => import("./Run.ts").then(({ runCommand }) => runCommand),
  policy: () => import("./Policy.ts").then(({ policyCommand }) => policyCommand),
  simulate: () => import("./Simulate.ts").then(({ simulateCommand }) => simulateCommand),
  archive: () => import("./Archive.ts").then(({ archiveCommand }) => archiveCommand),
  record: () => import("./Record.ts").then(({ recordCommand }) => recordCommand),
  gamma: () => import("./Gamma.ts").then(({ gammaCommand }) => gammaCommand),
  data: () => import("./Data.ts").then(({ dataCommand }) => dataCommand),
  clob: () => import("./Clob.ts").then(({ clobCommand }) => clobCommand),
  ws: () => import("./Ws.ts").then(({ wsCommand }) => wsCommand),
  rtds: () => import("./Rtds.ts").then(({ rtdsCommand }) => rtdsCommand),
  cmc: () => import("./Cmc.ts").then(({ cmcCommand }) => cmcCommand),
  doctor: () => import("./Doctor.ts").then(({ doctorCommand }) => doctorCommand),
  migrate: () => import("./Migrate.ts").then(({ migrateCommand }) => migrateCommand)
} as const

type Name = keyof typeof commands

/** The program with some of its commands. */
const programOf = (names: ReadonlyArray<Name>) =>
  Effect.map(
    Effect.promise(() => Promise.all(names.map((name) => commands[name]()))),
    (loaded) =>
      Command.make("polymarket-hft").pipe(
        Command.withDescription(
          "A trading engine for Polymarket. Without a command it runs on live data with paper money."
        ),
        Command.withSubcommands(loaded)
      )
  )

/** The whole tree of commands. */
export const root = programOf(Object.keys(commands) as ReadonlyArray<Name>)

const isName = (text: string | undefined): text is Name => text !== undefined && Object.hasOwn(commands, text)

/** The program as far as a command line needs it: with the command it begins with, or whole, to help or to correct. */
const programFor = ([first]: ReadonlyArray<string>) => isName(first) ? programOf([first]) : root

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string
}

const globalFlags = ["--help", "-h", "--version", "--completions", "--log-level", "--wizard"]

/** No command and no flag of the program itself means `run`. */
export const withDefaultCommand = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const [first] = args
  const isRun = first === undefined ||
    (first.startsWith("-") && !globalFlags.some((flag) => first === flag || first.startsWith(`${flag}=`)))
  return isRun ? ["run", ...args] : args
}

/** Runs a command line and says on stderr why it fails. */
export const execute = (args: ReadonlyArray<string>) => {
  const whole = withDefaultCommand(args)
  return programFor(whole).pipe(
    Effect.flatMap((program) => Command.runWith(program, { version })(whole)),
    Effect.tapCause((cause) => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.void
      const failure = Cause.squash(cause)
      if (failure instanceof Exit.Failed) return failure.message === "" ? Effect.void : Console.error(failure.message)
      if (isUsage(failure)) return Effect.void
      return isTagged(failure) ? Effect.logError(failure.message) : Effect.logError(cause)
    }),
    Effect.provide(Layer.merge(NodeServices.layer, Logs.layer))
  )
}

const isUsage = (failure: unknown): boolean =>
  typeof failure === "object" && failure !== null && "_tag" in failure && failure._tag === "ShowHelp"

/** A failure of one of our boundaries, whose message says everything; what else fails is a bug, and its stack is needed. */
const isTagged = (failure: unknown): failure is Error => failure instanceof Error && "_tag" in failure

const leastNode = [22, 19] as const

const isOldNode = (): boolean => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
  return major < leastNode[0] || (major === leastNode[0] && minor < leastNode[1])
}

/** The exit code of an end, as far as it is ours to choose: 0 also after SIGTERM and SIGINT. */
export const codeOf = <A, E>(exit: EffectExit.Exit<A, E>): number | undefined => {
  if (EffectExit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return 0
  const failure = Cause.squash(exit.cause)
  return isUsage(failure) ? Exit.usage : failure instanceof Exit.Failed ? failure.code : undefined
}

/** Runs the program and ends the process: 0 also after a SIGTERM or SIGINT that was given the time to be obeyed. */
export const main = () => {
  if (isOldNode()) {
    process.stderr.write(
      `Node ${leastNode.join(".")} or newer is needed, found ${process.versions.node}. ` +
        "After npm ci, npx tsx src/main.ts and npm start use the one that comes with the project.\n"
    )
    process.exit(Exit.usage)
  }
  runToEnd(Effect.suspend(() => execute(process.argv.slice(2))))
}

/** Runs an effect as the whole process: the first signal ends it in order, a second one at once. */
export const runToEnd = <A, E>(program: Effect.Effect<A, E>): void => {
  Signals.listen()
  NodeRuntime.runMain(program, {
    disableErrorReporting: true,
    teardown: (exit, done) => {
      const code = codeOf(exit)
      if (code === undefined) Runtime.defaultTeardown(exit, done)
      else done(code)
    }
  })
}
