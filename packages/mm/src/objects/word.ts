import { component, type Kind } from "../store/component.ts";

/** A shared variable of a scenario's own. */
export const word: Kind = component("word:#", 0);

/** What each task has added to a counter word: sums are only formed by those who read it. */
export const added: Kind<number> = component("word:#/added:#", 0, { ids: [1] });

/** References to a counted object of a scenario's own, one slot per holder. */
export const refHolder: Kind<number> = component("ref:#/holder:#", 0, { ids: [1] });
