import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { dangerousCode } from './dangerous-code.ts';
import { findSecrets, readSecretRules } from './secret-rules.ts';

/*
 * `npm run security`: secrets, dangerous code, known weaknesses of dependencies, licences. Each part says how it went; one
 * that cannot run says why, and is a failure only with --strict. `--only NAME` runs one part.
 */

type Outcome = { state: 'ok' | 'failed' | 'skipped'; said: readonly string[] };

const root = join(import.meta.dirname, '..', '..');

const tracked = (): string[] =>
  execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(root, path)) && statSync(join(root, path)).isFile());

function secrets(): Outcome {
  const rules = readSecretRules(root);
  const found = tracked()
    .filter((path) => statSync(join(root, path)).size < 2_000_000)
    .flatMap((path) =>
      findSecrets(readFileSync(join(root, path), 'utf8'), rules).map(({ id, line }) => `${path}:${line} ${id}`),
    );
  return { state: found.length === 0 ? 'ok' : 'failed', said: found };
}

/** The real tool also reads the history. npm packages of that name are not it. */
function history(): Outcome {
  const { error, status, stdout } = spawnSync(
    'gitleaks',
    ['git', '--config', '.gitleaks.toml', '--redact', '--no-banner', '.'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  if (error) return { state: 'skipped', said: ['gitleaks is not installed: https://github.com/gitleaks/gitleaks'] };
  return { state: status === 0 ? 'ok' : 'failed', said: status === 0 ? [] : [stdout] };
}

function code(): Outcome {
  const found = tracked()
    .filter((path) => /^src\/.*\.tsx?$/.test(path))
    .flatMap((path) => dangerousCode(readFileSync(join(root, path), 'utf8')).map((what) => `${path}:${what}`));
  return { state: found.length === 0 ? 'ok' : 'failed', said: found };
}

function audit(): Outcome {
  const { stdout, status } = spawnSync('npm', ['audit', '--json', '--audit-level=high'], {
    cwd: root,
    encoding: 'utf8',
  });
  const report: { metadata?: { vulnerabilities?: Record<string, number> }; error?: { summary?: string } } = JSON.parse(
    stdout || '{}',
  );
  const counts = report.metadata?.vulnerabilities;
  if (!counts)
    return { state: 'skipped', said: [`the registry answers no audit: ${report.error?.summary ?? 'no report'}`] };
  const said = Object.entries(counts)
    .filter(([level, many]) => level !== 'total' && many > 0)
    .map(([level, many]) => `${many} ${level}`);
  return { state: status === 0 ? 'ok' : 'failed', said };
}

/** Licences that may go into a program under the MIT licence. */
const welcome = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Unlicense',
]);

function licences(): Outcome {
  const file = join(root, 'dist', 'packages.json');
  if (!existsSync(file)) return { state: 'skipped', said: ['nothing is built yet: npm run build'] };
  const { bundled }: { bundled: { name: string; licence: string }[] } = JSON.parse(readFileSync(file, 'utf8'));
  const foreign = bundled
    .filter(({ licence }) => !welcome.has(licence))
    .map(({ name, licence }) => `${name}: ${licence}`);
  return { state: foreign.length === 0 ? 'ok' : 'failed', said: foreign };
}

const parts: Readonly<Record<string, () => Outcome>> = { secrets, history, code, audit, licences };
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined;
const strict = process.argv.includes('--strict');
let failures = 0;
for (const [name, run] of Object.entries(parts)) {
  if (only !== undefined && only !== name) continue;
  const { state, said } = run();
  if (state === 'failed' || (strict && state === 'skipped')) failures += 1;
  process.stdout.write(`${name.padEnd(10)} ${state}${said.map((line) => `\n           ${line}`).join('')}\n`);
}
process.exitCode = failures === 0 ? 0 : 1;
