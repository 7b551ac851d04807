import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";

// Written out once more on purpose: loosening the lint's own table must not loosen this one.
const below: Record<string, string[]> = {
  "@faultline/mm": [],
  "@faultline/trace": ["@faultline/mm"],
  "@faultline/interleave": ["@faultline/mm"],
  "@faultline/gallery": ["@faultline/interleave", "@faultline/mm"],
  "@faultline/oracle": ["@faultline/interleave", "@faultline/mm", "@faultline/trace"],
  faultline: ["@faultline/gallery", "@faultline/interleave", "@faultline/mm", "@faultline/oracle", "@faultline/trace"],
};

interface Manifest {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
const manifests = readdirSync(new URL("packages/", root)).map(
  (folder) => JSON.parse(read(`packages/${folder}/package.json`)) as Manifest,
);

const declared = (manifest: Manifest): [name: string, range: string][] =>
  Object.entries({
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
    ...manifest.peerDependencies,
  });

describe("workspace packages", () => {
  it("are the six that the layering knows", () => {
    expect(manifests.map(({ name }) => name).sort()).toEqual(Object.keys(below).sort());
  });

  it.each(manifests)("$name depends only on what lies below it", (manifest) => {
    const ours = declared(manifest).filter(([name]) => name in below);
    for (const [name] of ours) expect(below[manifest.name]).toContain(name);
  });

  it.each(manifests)("$name pins every version", (manifest) => {
    for (const [name, range] of declared(manifest)) {
      expect(`${name}@${range}`).toMatch(/@\d+\.\d+\.\d+$/);
    }
  });

  it.each(manifests)("$name asks for its siblings at their own version", (manifest) => {
    for (const [name, range] of declared(manifest)) {
      const sibling = manifests.find((other) => other.name === name);
      if (sibling) expect(range).toBe(sibling.version);
    }
  });
});

describe("package-lock.json", () => {
  it("names no host to download from", () => {
    expect(read("package-lock.json")).not.toMatch(/"resolved": "\w+:\/\//);
  });
});
