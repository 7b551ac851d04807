/** There is no kernel here that the model could be held against: why. Not a failure: whoever asked skips. */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
  readonly code = "E_NO_KERNEL";
}
