/** The rules a browser can check while one types; how guessable a password is, the server says. */
export const MIN_CHARACTERS = 12; // PCI DSS v4.0.1, 8.3.6

const parts = (names: readonly string[]): string[] =>
  names
    .flatMap((name) => name.normalize("NFKC").toLowerCase().split(/[^\p{L}\p{N}]+/u))
    .filter((word) => word.length >= 3 || (word.length === 2 && /^\p{Script=Han}+$/u.test(word)));

export function rulesMet(password: string, names: readonly string[]): { length: boolean; name: boolean } {
  const folded = password.normalize("NFKC").toLowerCase();
  return {
    length: Array.from(password).length >= MIN_CHARACTERS,
    name: password.length > 0 && !parts(names).some((word) => folded.includes(word)),
  };
}
