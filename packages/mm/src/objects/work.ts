import { component, type Ref } from "../store/component.ts";

/** The system workqueue: deferred final puts, oldest first. */
export const workQueue: Ref<readonly Work[]> = component<readonly Work[]>("workqueue", []).of();
export type Work = { readonly work: "__mmput"; readonly mm: number };
