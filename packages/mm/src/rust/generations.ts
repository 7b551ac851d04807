import { api2026 } from "./api-2026.ts";
import { apiV16 } from "./api-v16.ts";
import { apiV6 } from "./api-v6.ts";
import type { ApiGeneration } from "./handle-type.ts";

/** Generations of the abstraction by name, oldest first: each in a file of its own. */
export const apiGenerations: ReadonlyMap<string, ApiGeneration> = new Map(
  [apiV6, apiV16, api2026].map((api) => [api.name, api]),
);
