export { explore } from "./explore/explore.ts";
export type { Exploration, Finding, Reductions } from "./explore/exploration.ts";
export { NO_REDUCTION } from "./explore/options.ts";
export type { Budget, ExploreOptions } from "./explore/options.ts";
export { CheckpointError } from "./checkpoint/checkpoint.ts";
export type { Checkpoint } from "./checkpoint/checkpoint.ts";
export { switchesOf } from "./explore/path.ts";
export type { Ending } from "./explore/terminal.ts";
export type { Unreached } from "./explore/unreached.ts";
export type { Program, Thread } from "./program.ts";
export { ThreadError } from "./thread/errors.ts";
export { scenario, ScenarioError } from "./scenario.ts";
export type {
  Body,
  Expectation,
  Instance,
  InstantiateOptions,
  Scenario,
  ScenarioSpec,
  SetupKernel,
} from "./scenario.ts";
export { checkClasses } from "./classes/check-classes.ts";
export type { CheckClassesOptions, ClassesCheck } from "./classes/check-classes.ts";
export { exploreClasses } from "./classes/optimal.ts";
export type { Classes, ClassesOptions, SchedulingOrder } from "./classes/optimal.ts";
export { CountError, countRuns } from "./count/count.ts";
export type { Count, CountOptions } from "./count/count.ts";
export type { Dependence, Transition } from "./count/dependence.ts";
export { findLassos } from "./liveness/find-lassos.ts";
export type { Lasso, LassoOptions, LassoReport } from "./liveness/find-lassos.ts";
export type { Puts } from "./count/puts.ts";
export { plainProgram } from "./plain-program.ts";
export type { PlainProgram, PlainSteps, PlainThread } from "./plain-program.ts";
export { RandomStream } from "./random/generator.ts";
export { sample } from "./random/sample.ts";
export type { PctBound, Sample, SampledFinding, SampleOptions, Strategy } from "./random/sample.ts";
export { pctBound } from "./random/scheduler.ts";
export { explain } from "./explain/explain.ts";
export type { Explanation, ExplainOptions, OrderedPair } from "./explain/explain.ts";
export type { Needs } from "./explain/needs.ts";
export type { Occurrence } from "./explain/occurrence.ts";
export type { Place } from "./explain/place.ts";
export type { Requirement } from "./explain/requirement.ts";
export { ablate } from "./ablate/ablate.ts";
export type { Ablation, HoldingStep, Plan } from "./ablate/ablation.ts";
export { ablationsOf } from "./ablate/ablations.ts";
export type { Ablations } from "./ablate/ablations.ts";
export { runAblation } from "./ablate/run-ablation.ts";
export type { AblationResult, BrokenRule } from "./ablate/run-ablation.ts";
export { allPairs } from "./explain/all-pairs.ts";
export type { AllPairs, AllPairsOptions, PairFinding } from "./explain/all-pairs.ts";
