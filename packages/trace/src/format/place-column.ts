import { ColumnReader } from "./byte-column.ts";
import { Place } from "./event-history.ts";
import { COMPACT_INTEGER } from "./limits.ts";
import type { PackedColumns } from "./packed-columns.ts";
import { malformed } from "./schema.ts";

/**
 * Reads the lines, or the times, of a block's events. Absent ones are -1.
 * @param predict the Place that an event's is predicted to be
 * @param places gets that which it is
 * @returns undefined when no event has one
 * @throws TraceError
 */
export function readPlaces(
  columns: PackedColumns,
  id: number,
  what: string,
  predict: (i: number) => number,
  places: Uint8Array,
): Float64Array | undefined {
  const column = columns.optional(id, what);
  if (column === undefined) return undefined;
  const { reader } = column;
  const difference = new ColumnReader(column.differences, `${what} differences`);
  const values = new Float64Array(places.length).fill(-1);
  let last = 0;
  for (let i = 0; i < places.length; i++) {
    let place: number;
    if (reader.left > 0) {
      reader.left--;
      place = predict(i);
    } else place = reader.code();
    if (place > Place.other) throw malformed(`event ${i} of a block has a ${what} of kind ${place}`);
    places[i] = place;
    if (place === Place.none) continue;
    if (place === Place.other) last += difference.nextSigned();
    if (last < 0 || last >= COMPACT_INTEGER) throw malformed(`event ${i} of a block has a ${what} beyond 0 … 2^51`);
    values[i] = last;
  }
  reader.end();
  difference.end();
  return values;
}
