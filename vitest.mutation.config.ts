import { defineConfig } from "vitest/config";

/** The tests that judge mutants of src/reactor: those that need no build and no real time. */
export default defineConfig({ test: { include: ["test/reactor/**/*.test.ts"], testTimeout: 5_000 } });
