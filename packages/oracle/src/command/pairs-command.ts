export function pairsCommand(_values: object, _say: (text: string) => void): number {
  return 0;
}
