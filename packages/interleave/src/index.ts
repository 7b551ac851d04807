export { explore } from "./explore/explore.ts";
export type { Exploration, Finding } from "./explore/explore.ts";
export type { Budget, ExploreOptions } from "./explore/options.ts";
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
export type { Puts } from "./count/puts.ts";
export { plainProgram } from "./plain-program.ts";
export type { PlainProgram, PlainSteps, PlainThread } from "./plain-program.ts";
export { RandomStream } from "./random/generator.ts";
export { sample } from "./random/sample.ts";
export type { PctBound, Sample, SampledFinding, SampleOptions, Strategy } from "./random/sample.ts";
export { pctBound } from "./random/scheduler.ts";
