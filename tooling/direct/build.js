// Writes the procedures in direct style, from what the compiler made of packages/mm, to packages/mm/dist/direct. Part of every
// build: `npm run build`.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, posix } from "node:path";
import { besides, DECLARED, DECLARED_DIRECT, directModules, mmFolder } from "./modules.js";
import { directStyle } from "./style.js";

const dist = `${mmFolder}dist/`;
const modules = directModules();

/** Leads imports to direct counterparts, where there are some, and else to the modules themselves. */
function withImports(/** @type {string} */ text, /** @type {string} */ name) {
  return text.replace(/( from ")(\.\.?\/[^"]+)(";)/gu, (all, before, specifier, after) => {
    const target = besides(name, specifier);
    if (modules.has(target)) return all;
    const file = target === DECLARED ? DECLARED_DIRECT : target;
    return `${before}${posix.relative(posix.dirname(`direct/${name}`), file)}.js${after}`;
  });
}

const paths = new Set();
for (const name of modules) {
  const text = readFileSync(`${dist}${name}.js`, "utf8").replace(/\n\/\/# sourceMappingURL=.*\s*$/u, "\n");
  const direct = withImports(directStyle(text, `${name}.js`), name);
  const path = `direct/${name}.js`;
  paths.add(path);
  // What is as it was stays: somebody may be running it.
  if (existsSync(dist + path) && readFileSync(dist + path, "utf8") === direct) continue;
  mkdirSync(dirname(dist + path), { recursive: true });
  writeFileSync(dist + path, direct);
}
for (const path of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  const name = path.split("\\").join("/");
  if (name.startsWith("direct/") && name.endsWith(".js") && !paths.has(name)) rmSync(dist + path);
}
