import { expect, test } from "vitest";
import { profileOfRelease } from "../src/live/profile-of-release.ts";

test.each([
  ["6.1.0-28-amd64", "linux-6.1"],
  ["6.12.48", "linux-6.12"],
  ["6.4.2", "linux-6.4.0"],
  ["6.4.3-arch1", "linux-6.4.3"],
  ["6.18.44-generic", "linux-6.18.19"],
  ["6.18.0", "linux-6.18.0"],
  ["7.0.9", "linux-7.0"],
  ["4.19.300", "linux-4.19"],
  ["4.18.0", undefined],
  ["7.1.0", undefined],
])("the profile of %s is %s", (release, profile) => {
  expect(profileOfRelease(release)).toBe(profile);
});
