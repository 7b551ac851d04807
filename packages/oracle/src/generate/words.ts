import { PAGE_SIZE } from "@faultline/mm";
import type { Range } from "./view.ts";

// How numbers are spelled in a list.

/** So many pages, in bytes. */
export const pagesWord = (pages: number): string => `0x${(pages * PAGE_SIZE).toString(16)}`;

/** First byte and length. */
export const rangeWords = ({ start, end }: Range): string => `${pagesWord(start)} ${pagesWord(end - start)}`;

/** A number of bytes. */
export const hexWord = (bytes: number | bigint): string => `0x${bytes.toString(16)}`;
