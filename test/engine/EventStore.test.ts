import { EventStore } from "../../src/engine/EventStore.ts"
import { eventStoreSuite } from "../suites/eventStoreSuite.ts"

eventStoreSuite("memory", EventStore.layerMemory)
