import "@faultline/gallery";
import "@faultline/interleave";
import "@faultline/mm";
import "@faultline/trace";
import { Command } from "commander";

await new Command("faultline")
  .description("Deterministic replay and exhaustive interleaving checks for Linux mm locking")
  .parseAsync();
