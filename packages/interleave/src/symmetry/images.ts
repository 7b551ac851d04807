import type { Leaf } from "../space/memo.ts";
import type { Path } from "../explore/path.ts";
import type { Space } from "../space/space.ts";

/**
 * The runs that an exchange of two alike threads makes of this one, for each two neighbours in a set of them that the
 * run tells apart. Each is executed, so that what comes out is a real run; the space is left in its last state.
 */
export function* imagesOf(space: Space, sets: readonly (readonly number[])[], path: Path): Generator<Path> {
  for (const members of sets) {
    for (let i = 1; i < members.length; i++) {
      const image = exchanged(space, path, members[i - 1]!, members[i]!);
      if (image !== undefined) yield image;
    }
  }
}

function exchanged(space: Space, path: Path, a: number, b: number): Path | undefined {
  space.reset();
  const image: { readonly thread: number; readonly leaf: Leaf }[] = [];
  for (const { thread, leaf } of path) {
    const other = thread === a ? b : thread === b ? a : thread;
    const same = space
      .outcomes(other)
      .leaves.find(({ choice, status }) => choice === leaf.choice && status === leaf.status);
    if (same === undefined) return undefined;
    space.take(other, same);
    image.push({ thread: other, leaf: same });
  }
  return image;
}
