import { expect, it } from "vitest";
import { renderModelSize } from "../src/render/model-size.ts";
import { plain } from "../src/render/style.ts";

it("tells how many steps procedures have, and how many components a state", () => {
  const size = {
    procedures: [
      { name: "munmap", steps: 5 },
      { name: "mmput", steps: 1 },
      { name: "move_vma", steps: 9 },
    ],
    components: [{ scenario: "G02 buggy", components: 1234 }],
  };
  expect(renderModelSize(size, plain)).toEqual([
    "size of the model",
    "3 procedures mention 15 steps of their own: 5 in the middle, 9 at most (move_vma)",
    "scenario   components at most",
    "G02 buggy               1,234",
  ]);
});
