/** The simulator, a process of its own: so many frames a second over all its markets, to whoever subscribes. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Effect, Scope } from "effect"
import process from "node:process"
import * as Simulator from "../../../src/simulator/Simulator.ts"
import { serve } from "../Process.ts"
import { teller } from "./Told.ts"

const [markets = 0, rate = 0] = process.argv.slice(2).map(Number)

const { endpoints } = await Effect.runPromise(
  Simulator.make({ seed: 1, markets, rate, port: 0 }).pipe(
    Effect.provideService(Scope.Scope, Scope.makeUnsafe()),
    Effect.provide(NodeFileSystem.layer)
  )
)
const listed = await (await fetch(`${endpoints.gamma}/markets?limit=${markets}`)).json() as ReadonlyArray<
  { readonly clobTokenIds: string | null; readonly positionIds?: ReadonlyArray<string> }
>
const assetIds = listed.flatMap(({ clobTokenIds, positionIds }) =>
  positionIds ?? JSON.parse(clobTokenIds ?? "[]") as ReadonlyArray<string>
)

serve(teller({ url: endpoints.marketSocket, assetIds }))
