import { type AnyStep, type Step, step } from "../events/step.ts";
import type { PagePtr } from "../objects/page.ts";
import { component, type Kind } from "../store/component.ts";

/** A device whose one frame of memory user space may map, until the device goes away. */
export const pfnDevice: Kind<PfnDevice> = component<PfnDevice>("pfn_device:#", { frame: null, gone: false });
export type PfnDevice = { readonly frame: PagePtr | null; readonly gone: boolean };

/** The device comes up with this frame. */
export const pfnDeviceProbe: Step<[number, PagePtr], null> = step("pfn_device_probe", (tx, device, frame) => {
  tx.write(pfnDevice.of(device), { frame, gone: false });
});

/** The frame to map, or null when the device is gone. */
export const pfnDeviceFrame: Step<[number], PagePtr | null> = step("pfn_device_frame", (tx, device) => {
  const { frame, gone } = tx.read(pfnDevice.of(device));
  return gone ? null : frame;
});

/** From here on nothing new is mapped. Returns the frame. */
export const pfnDeviceGone: Step<[number], PagePtr | null> = step("pfn_device_gone", (tx, device) => {
  const { frame } = tx.read(pfnDevice.of(device));
  tx.write(pfnDevice.of(device), { frame, gone: true });
  return frame;
});

export const pfnDeviceSteps: readonly AnyStep[] = [pfnDeviceProbe, pfnDeviceFrame, pfnDeviceGone];
