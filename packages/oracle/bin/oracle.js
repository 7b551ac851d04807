import process from "node:process";
import { main } from "../dist/command/main.js";

process.exitCode = await main(process.argv.slice(2));
