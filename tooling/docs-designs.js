// Writes docs/designs.md from what the checker finds. Run it by `npm run docs:designs`, which builds first.
import { mkdirSync, writeFileSync } from "node:fs";
import { designsPage } from "@faultline/gallery";

const docs = new URL("../docs/", import.meta.url);
mkdirSync(docs, { recursive: true });
writeFileSync(new URL("designs.md", docs), designsPage());
