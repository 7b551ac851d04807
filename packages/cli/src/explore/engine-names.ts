/** The ways to go through a program's orderings. */
export const ENGINES = ["states", "classes", "random"] as const;
export type EngineName = (typeof ENGINES)[number];
