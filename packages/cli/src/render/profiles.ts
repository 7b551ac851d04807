import type { ProfileRow } from "../commands/bisect-profiles.ts";
import type { Style } from "./style.ts";
import { renderTable } from "./table.ts";
import { printable } from "./wrap.ts";

/** A run under every kernel. */
export interface ProfilesView {
  readonly title: string;
  /** The kernel that it was recorded under. */
  readonly recorded: string;
  readonly rows: readonly ProfileRow[];
  readonly first: ProfileRow | undefined;
}

/** The first kernel that does something wrong, or else, with a recorded run; and what each does. */
export function renderProfiles(view: ProfilesView, _width: number, style: Style): string[] {
  const { title, recorded, rows, first } = view;
  const [head = "", ...lines] = renderTable(
    ["kernel", "", "event", ""],
    rows.map(({ profile, verdict, event, what }) => [
      profile + (profile === recorded ? " (recorded)" : ""),
      verdict,
      event === null ? "" : String(event),
      verdict === "diverged" ? `instead: ${printable(what)}` : what,
    ]),
  );
  return [`${style.title(printable(title))}  ${answer(first, style)}`, "", style.faint(head), ...lines];
}

function answer(first: ProfileRow | undefined, style: Style): string {
  if (first === undefined) return style.good("no kernel breaks a rule or does anything else");
  const { profile, verdict, what, event } = first;
  const does = verdict === "breaks" ? `breaks ${what}` : "does something else";
  return style.bad(`${profile} is the first that ${does}, at event ${event ?? 0}`);
}
