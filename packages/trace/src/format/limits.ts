// What a reader accepts. They bound its memory whatever a file claims; a writer stays below them by itself.

/** Events in one block: the frame has 16 bits for it. */
export const MAX_BLOCK_EVENTS = 0xffff;

/** Inflated bytes of a block that holds events. */
export const MAX_EVENT_BYTES: number = 8 * 2 ** 20;

/** Inflated bytes of a block that holds a state or the index. */
export const MAX_STATE_BYTES: number = 64 * 2 ** 20;

/** MessagePack items (every element, key and container) in a block of events, and in one of state. */
export const MAX_EVENT_ITEMS: number = 2 ** 19;
export const MAX_STATE_ITEMS: number = 2 ** 21;

/** Nesting of MessagePack containers, the payload's own tuple included. */
export const MAX_DEPTH = 64;

/** Cells of one row: an op and its arguments, those of lists and maps that are taken apart included. */
export const MAX_ROW_CELLS = 64;

/** What may be in memory between two points where the tables begin anew: templates, events, integers,
 * inflated bytes, items. */
export const MAX_GROUP_ROWS: number = 2 ** 18;
export const MAX_GROUP_EVENTS: number = 2 ** 18;
export const MAX_GROUP_INTEGERS: number = 2 ** 20;
export const MAX_GROUP_BYTES: number = 64 * 2 ** 20;
export const MAX_GROUP_ITEMS: number = 2 ** 21;

/** Characters of one event's arguments, result or note in canonical JSON. */
export const MAX_VALUE_TEXT: number = 2 ** 17;

/** Task numbers: kernel thread ids fit. */
export const MAX_TASK: number = 2 ** 31 - 1;

/** Lines and times are below this: their differences are safe integers. */
export const COMPACT_INTEGER: number = 2 ** 51;

/** Integers below this (and above its negative) are stored apart from their template: a code has room for their difference. */
export const COMPACT_CELL: number = 2 ** 47;
