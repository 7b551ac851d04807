import { type CallRequest, canonical, type StepRequest } from "@faultline/mm";
import type { Program } from "../program.ts";
import type { Ablation, HoldingStep, Plan } from "./ablation.ts";
import { type Believed, type LeftOut, rewriteThread } from "./rewrite.ts";

/** The program with one lock, check or reference left out of one thread's code. Nothing else is different. */
export function ablate(program: Program, { task, plan }: Ablation): Program {
  switch (plan.kind) {
    case "holding":
      return rewriteThread(program, task, () => ({ leaveOut: leaveOutHolding(plan) }));
    case "call":
      return rewriteThread(program, task, () => ({
        leaveOut: (request, believed) =>
          request.kind === "call" && request.name === plan.name ? { result: plan.result, believed } : undefined,
      }));
    case "constant": {
      const results = new Map(plan.answers.map(({ args, result }) => [canonical(args), result]));
      return rewriteThread(program, task, (procedure) => ({
        leaveOut: (request, believed) => {
          if (procedure !== plan.procedure || request.kind !== "step" || request.step.op !== plan.op) return undefined;
          const result = results.get(canonical(request.args));
          return result === undefined ? undefined : { result, believed };
        },
      }));
    }
  }
}

/** An object of which only the step's name is known: nobody has seen these arguments. */
const SOME = "?";

type Leave = (request: StepRequest | CallRequest, believed: Believed) => LeftOut | undefined;

function leaveOutHolding({ takes, drops, turns }: Extract<Plan, { kind: "holding" }>): Leave {
  return (request, believed) => {
    if (request.kind !== "step") return undefined;
    const take = find(takes, request);
    if (take !== undefined) return { result: take.result, believed: [...believed, ...take.objects].sort() };
    const turn = find(turns, request);
    if (turn !== undefined) return believed.length > 0 ? { result: turn.result, believed } : undefined;
    const drop = find(drops, request);
    const rest = drop === undefined ? undefined : without(believed, drop.objects);
    return drop === undefined || rest === undefined ? undefined : { result: drop.result, believed: rest };
  };
}

/** What was seen of this step with these arguments, else of the step with others, on objects unknown. */
function find(steps: readonly HoldingStep[], { step, args }: StepRequest): HoldingStep | undefined {
  const alike = steps.filter(({ op }) => op === step.op);
  const spelled = canonical(args);
  const known = alike.find((one) => canonical(one.args) === spelled);
  if (known !== undefined || alike.length === 0) return known;
  return { ...alike[0]!, objects: alike[0]!.objects.map(() => SOME) };
}

/** The beliefs without these objects; undefined where the thread does not believe to hold them all. */
function without(believed: Believed, objects: readonly string[]): Believed | undefined {
  const rest = [...believed];
  for (const object of objects) {
    const exact = rest.indexOf(object);
    const at = exact >= 0 ? exact : object === SOME ? rest.length - 1 : rest.indexOf(SOME);
    if (at < 0) return undefined;
    rest.splice(at, 1);
  }
  return rest;
}
