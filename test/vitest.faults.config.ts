import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    name: "faults",
    reporters: ["default", "./test/CountReporter.ts"],
    setupFiles: ["test/setup.ts"],
    pool: "forks",
    maxWorkers: 1,
    include: ["test/faults/**/*.test.ts"],
    hookTimeout: 120_000,
    testTimeout: 600_000
  }
})
