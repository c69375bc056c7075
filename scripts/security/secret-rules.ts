import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';

/** One rule of .gitleaks.toml. */
export type SecretRule = { id: string; pattern: RegExp };

type GitleaksFile = {
  rules: { id: string; regex: string }[];
  allowlist: { regexes: string[] };
};

export type SecretRules = {
  rules: readonly SecretRule[];
  isAllowedText(text: string): boolean;
};

/**
 * The rules that gitleaks reads, for machines without gitleaks: its regular expressions are Go's, and these mean the same
 * here. No path is left out: a real secret among the tests is as bad as anywhere.
 */
export function readSecretRules(root: string): SecretRules {
  // The shape is ours: test/ship/security.test.ts reads the file with this.
  const { rules, allowlist } = parse(readFileSync(join(root, '.gitleaks.toml'), 'utf8')) as unknown as GitleaksFile;
  const texts = allowlist.regexes.map((text) => new RegExp(text));
  return {
    rules: rules.map(({ id, regex }) => ({ id, pattern: new RegExp(regex, 'g') })),
    isAllowedText: (text) => texts.some((pattern) => pattern.test(text)),
  };
}

/** What a text holds that looks like a secret: the rule and the line, never the secret. */
export function findSecrets(text: string, { rules, isAllowedText }: SecretRules): { id: string; line: number }[] {
  return rules.flatMap(({ id, pattern }) =>
    [...text.matchAll(pattern)]
      .filter(([found]) => !isAllowedText(found))
      .map(({ index }) => ({ id, line: text.slice(0, index).split('\n').length })),
  );
}
