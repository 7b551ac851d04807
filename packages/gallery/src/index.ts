export { corpus } from "./corpus/corpus.ts";
export type { CorpusItem } from "./corpus/item.ts";
export { measureCoverage } from "./coverage/measure.ts";
export type { Coverage, KnobCoverage, ProcedureCoverage, RuleCoverage, StepCoverage } from "./coverage/measure.ts";
export { readUniverse } from "./coverage/universe.ts";
export type { KnobValue, Universe } from "./coverage/universe.ts";
export { designsPage } from "./designs/page.ts";
export { FLAGSHIP, gallery } from "./entries.ts";
export type { GalleryEntry } from "./entries.ts";
