#!/usr/bin/env node
import "effect/schema/SchemaJITCompiler/enable"
import { main } from "./cli/Root.ts"

main()
