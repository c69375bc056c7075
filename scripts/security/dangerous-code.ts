/** What has no place in this program: a pattern, and why. */
const rules: readonly (readonly [RegExp, string])[] = [
  [/\beval\(|\bnew Function\(/g, 'runs text as code'],
  // `.exec(` is a regular expression's or a database's.
  [/(?<![.\w])exec\(['"`]|\bexecSync\(|shell: *true/g, 'gives text to a shell'],
  [/env(?:\.|\[['"])NODE_TLS_REJECT_UNAUTHORIZED['"\]]* *=[^=]/g, 'switches certificate checks off'],
  [/\bMath\.random\(\).{0,40}\b(?:key|token|secret|nonce)/gi, 'makes a secret from a guessable number'],
  [/createHash\(['"](?:md5)['"]\)/g, 'MD5'],
  [/createCipher\(|aes-\d+-ecb/gi, 'a cipher without an initialization vector'],
  [/\.innerHTML *=|dangerouslySetInnerHTML|document\.write\(/g, 'writes text into a page as HTML'],
  [/\.listen\([^)]*['"]0\.0\.0\.0['"]/g, 'listens on every address'],
  [/process\.binding\(|\brequire\(\s*[a-z]\w*\s*\)/g, 'loads what a variable names'],
];

/** `LINE what is wrong` for each trespass of a source text. Comments count too: an example gets copied. */
export function dangerousCode(text: string): string[] {
  return rules.flatMap(([pattern, why]) =>
    [...text.matchAll(pattern)].map(({ index }) => `${text.slice(0, index).split('\n').length} ${why}`),
  );
}
