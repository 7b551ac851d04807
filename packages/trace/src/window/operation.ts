import type { BinderGeneration, CallRequest, Kernel, Request, Steps, Value } from "@faultline/mm";
import type { Swap } from "./rerun.ts";

/** A kernel, and the generation of the binder driver that runs in it. */
export interface Under {
  readonly kernel: Kernel;
  readonly generation: BinderGeneration;
}

/** A procedure of the kernel with the arguments that a recorded task called it with. */
export interface Operation {
  /** As the kernel spells it. */
  readonly name: string;
  /** The arguments, for a reader. */
  readonly args: readonly Value[];
  /**
   * Whether what its caller does next may depend on what it returns: then the caller is not followed where it returns
   * something else than it did.
   */
  readonly decides: boolean;
  /** Whether the generation of the driver says how it goes. */
  readonly driver: boolean;
  readonly start: (under: Under) => Steps<Value>;
}

/** Makes of one kernel's requests the other's: the same calls, under its knobs and with its driver. */
export function swapUnder(operation: Operation, from: Under, to: Under): Swap {
  if (from.kernel === to.kernel && from.generation === to.generation) return (request) => request;
  const [was, is] = [contextOf(operation.start(from)), contextOf(operation.start(to))];
  return (request) => {
    if (request.kind !== "call") return request;
    return {
      ...request,
      context: request.context === was ? is : request.context,
      args: request.args.map((arg) => (arg === from.generation ? to.generation : arg)),
    };
  };
}

function contextOf(steps: Steps<Value>): object | undefined {
  const first = steps.next().value as Request;
  return (first as CallRequest).context;
}
