const MEANINGS: Readonly<Record<string, string>> = {
  S0: "memory safety",
  S1: "privilege",
  S2: "data race",
  S3: "BUG_ON",
  S4: "deadlock, livelock or sleep in atomic context",
  S5: "leak or starvation",
  S6: "weird state",
};

/** `S0 memory safety`. */
export function severityText(severity: string): string {
  const meaning = MEANINGS[severity];
  return meaning === undefined ? severity : `${severity} ${meaning}`;
}
