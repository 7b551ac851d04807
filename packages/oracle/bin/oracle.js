import process from "node:process";
import { main } from "../dist/command/main.js";

process.exitCode = main(process.argv.slice(2));
