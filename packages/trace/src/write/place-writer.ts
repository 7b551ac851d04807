import { ByteColumn } from "../format/byte-column.ts";
import { Place } from "../format/event-history.ts";
import { RunColumn } from "../format/run-column.ts";

/** Lines, or times, of a block's events, and the column that they make. Reused from block to block. */
export class PlaceWriter {
  readonly #column = new RunColumn();
  readonly #differences = new ByteColumn();
  /** From the first event that has one. */
  #values: number[] = [];
  /** How many events come before that. */
  #without = 0;

  push(value: number | undefined): void {
    if (value === undefined && this.#values.length === 0) this.#without++;
    else this.#values.push(value ?? -1);
  }

  /**
   * The column of the events pushed since the last call.
   * @param predict the Place that an event's is predicted to be
   * @param follows whether what is predicted to be elsewhere counts as elsewhere, though it be where the last one was
   * @param places gets that which it is
   * @returns undefined when no event has a value
   */
  take(predict: (i: number) => number, follows: boolean, places: Uint8Array): readonly Uint8Array[] | undefined {
    const without = this.#without;
    const values = this.#values;
    this.#without = 0;
    if (values.length === 0) return undefined;
    this.#values = [];
    values.unshift(...Array.from({ length: without }, () => -1));
    let last = 0;
    values.forEach((value, i) => {
      const predicted = predict(i);
      const moved = value !== last || (follows && predicted === Place.other);
      const place = value < 0 ? Place.none : moved ? Place.other : Place.same;
      if (place === predicted) this.#column.predicted();
      else this.#column.other(place);
      if (place === Place.other) {
        this.#differences.pushSigned(value - last);
        last = value;
      }
      places[i] = place;
    });
    return [...this.#column.take(), this.#differences.take()];
  }
}
