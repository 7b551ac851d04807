import { styleText } from "node:util";

/** How parts of a text are set off. Renderers take one, so that they know nothing of terminals. */
export interface Style {
  readonly title: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly doubtful: (text: string) => string;
  readonly changed: (text: string) => string;
}

const same = (text: string): string => text;

/** Text as it is. */
export const plain: Style = { title: same, faint: same, good: same, bad: same, doubtful: same, changed: same };

/** Colours of a terminal. */
export const terminalStyle: Style = {
  title: (text) => styleText("bold", text),
  faint: (text) => styleText("dim", text),
  good: (text) => styleText(["bold", "green"], text),
  bad: (text) => styleText(["bold", "red"], text),
  doubtful: (text) => styleText(["bold", "yellow"], text),
  changed: (text) => styleText("cyan", text),
};
