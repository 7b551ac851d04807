import type { Transition } from "@faultline/interleave";

/** Foata's normal form: events in layers, each as early as what it depends on allows. Equal for equivalent runs only. */
export function foata(run: readonly Transition[]): string {
  const layers: number[] = [];
  const names = run.map((event, i) => {
    let layer = 0;
    for (let j = 0; j < i; j++) {
      const before = run[j]!;
      const depends =
        before.thread === event.thread ||
        before.leaf.written.meets(event.leaf.touched) ||
        event.leaf.written.meets(before.leaf.touched);
      if (depends) layer = Math.max(layer, layers[j]! + 1);
    }
    layers.push(layer);
    return `${String(layer).padStart(3, "0")} ${JSON.stringify(event.event)}`;
  });
  return names.sort().join("\n");
}
