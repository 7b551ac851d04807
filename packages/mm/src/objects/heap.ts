import { component, type Kind } from "../store/component.ts";

/** A kmalloc'ed object by its name, with the locks inside it. Objects nobody ever allocated are `none`. */
export const heapObject: Kind<"none" | "live" | "freed"> = component<"none" | "live" | "freed">("heap:#", "none");
