import type { Instance, Program } from "@faultline/interleave";
import {
  type AnyStep,
  BLOCKED,
  type CallRequest,
  type Knobs,
  type LoopTurn,
  type Machine,
  type Ref,
  type Request,
  rwsemForm,
  type Steps,
  STOPPED,
  type Value,
  vmaLockForm,
  vmaSlabForm,
} from "@faultline/mm";
import type { KnobValue, Mention } from "./universe.ts";

/** Knobs that steps ask for, in the state, where a step cannot be given them. */
const IN_STATE: ReadonlyMap<Ref, keyof Knobs> = new Map<Ref, keyof Knobs>([
  [rwsemForm, "rwsem"],
  [vmaLockForm, "vmaLock"],
  [vmaSlabForm, "vmaSlab"],
]);

/** Under what a thread's own steps are filed, which no procedure made. */
const THREAD = "";

/** What happened while programs were explored: noted as it happens, on the way from the threads to the machine. */
export class Watch {
  /** What each procedure executed and entered. */
  readonly reached: Map<string, Set<Mention>> = new Map();
  /** Steps executed by anybody, with what they came to: `done`, `blocked` or `stopped`, and the choices they had. */
  readonly outcomes: Map<string, Set<string>> = new Map();
  /** Values of knobs that were asked for. */
  readonly asked: Map<string, Set<KnobValue>> = new Map();
  readonly #bodies = new Map<object, CallRequest["body"]>();

  /** The same knobs; notes which of them are read while `watching` says so. */
  knobs(knobs: Knobs, watching: () => boolean): Knobs {
    return new Proxy(knobs, {
      get: (target, name) => {
        const value = target[name as keyof Knobs];
        // Of a list, what is asked for is whether it has something.
        if (Array.isArray(value)) return this.#list(String(name), value as readonly string[], watching);
        if (watching()) add(this.asked, String(name), value as KnobValue);
        return value;
      },
    });
  }

  /** The same list; notes what it is found to have. */
  #list(knob: string, values: readonly string[], watching: () => boolean): readonly string[] {
    const includes = (wanted: string): boolean => {
      const has = values.includes(wanted);
      if (has && watching()) add(this.asked, knob, wanted);
      return has;
    };
    return Object.assign([...values], { includes });
  }

  /** The same program; notes what its threads and its steps do. */
  program({ program }: Instance): Program {
    const machine: Machine = {
      ...program.machine,
      steps: new Map([...program.machine.steps].map(([op, step]) => [op, this.#step(step)])),
    };
    const threads = program.threads.map((thread) => ({ ...thread, start: () => this.#steps(thread.start(), THREAD) }));
    return { ...program, machine, threads };
  }

  /** Procedures entered by anybody. */
  entered(): string[] {
    const mentions = [...this.reached.values()].flatMap((found) => [...found]);
    return mentions.filter((one) => one.startsWith("procedure ")).map((one) => one.slice("procedure ".length));
  }

  #step(step: AnyStep): AnyStep {
    return {
      op: step.op,
      run: (tx, ...args) => {
        const outcome = step.run(tx, ...args);
        for (const ref of tx.reads.keys()) {
          const knob = IN_STATE.get(ref);
          if (knob !== undefined) add(this.asked, knob, tx.reads.get(ref) as KnobValue);
        }
        if (outcome === BLOCKED) add(this.outcomes, step.op, "blocked");
        else if (outcome === STOPPED) add(this.outcomes, step.op, "stopped");
        else add(this.outcomes, step.op, "done");
        for (const choice of tx.choicePoint?.options ?? []) add(this.outcomes, step.op, choice);
        return outcome;
      },
    };
  }

  /** A step is executed when it has a result, and a procedure when it is entered. */
  *#steps<R>(steps: Steps<R>, procedure: string): Steps<R> {
    let next = steps.next();
    while (next.done !== true) {
      const request = next.value;
      if (request.kind === "call") add(this.reached, procedure, `procedure ${request.name}`);
      const result = yield this.#request(request, procedure);
      if (request.kind === "step") add(this.reached, procedure, `step ${request.step.op}`);
      next = steps.next(result);
    }
    return next.value;
  }

  #request(request: Request, procedure: string): Request {
    switch (request.kind) {
      case "step":
        return request;
      case "call":
        return { ...request, body: this.#body(request) };
      case "loop": {
        const body = request.body as (carried: Value) => Steps<LoopTurn>;
        return { ...request, body: (carried: Value) => this.#steps(body(carried), procedure) };
      }
    }
  }

  /** Frames of one body are one frame, so a body has one double. */
  #body({ body, name }: CallRequest): CallRequest["body"] {
    let double = this.#bodies.get(body);
    if (double === undefined) {
      const run = body as (...args: unknown[]) => Steps<Value | undefined>;
      double = (...args: unknown[]) => this.#steps(run(...args), name);
      this.#bodies.set(body, double);
    }
    return double;
  }
}

function add<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, new Set([value]));
  else values.add(value);
}
