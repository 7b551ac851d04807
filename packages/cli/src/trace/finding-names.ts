import type { Finding } from "@faultline/interleave";

/**
 * File names for a variant's findings, without their ending: scenario, variant, rule; the step too where several
 * findings share a rule, and a number where that is not enough.
 * @param used names that are taken; the new ones are added
 */
export function findingNames(
  scenario: string,
  variant: string,
  findings: readonly Finding[],
  used: Set<string>,
): string[] {
  const rules = findings.map(({ violation }) => violation.rule.name);
  return findings.map(({ violation }) => {
    const rule = violation.rule.name;
    const shared = rules.filter((other) => other === rule).length > 1;
    const name = [scenario, variant, rule, ...(shared ? [violation.op] : [])].map(asFileName).join("-");
    let free = name;
    for (let i = 2; used.has(free); i++) free = `${name}-${i}`;
    used.add(free);
    return free;
  });
}

/** A variant's name is the user's: whatever a file name cannot have becomes an underscore. */
export function asFileName(part: string): string {
  return part.replace(/[^\w.-]/g, "_").replace(/^\.+/, "_");
}
