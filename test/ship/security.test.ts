import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { dangerousCode } from '../../scripts/security/dangerous-code.ts';
import { findSecrets, readSecretRules } from '../../scripts/security/secret-rules.ts';

const rules = readSecretRules('.');
const filler = 'Q7xK2mVbN8pL4sR9tY3wZ6cF1hJ5dG0aEuXi';

/** Planted at run time, so that this file itself holds nothing that looks like a secret. */
const planted: Record<string, string> = {
  'aws-access-key-id': `AKIA${'ABCDEFGH23456723'}`,
  'bedrock-long-term-key': `ABSK${filler}${filler}`,
  'bedrock-short-term-key': `bedrock-api-key-${filler}`,
  'claude-bedrock-key': `sk-cb-${(filler + filler).slice(0, 43)}`,
  'aws-secret-in-text': `SecretAccessKey": "${(filler + filler).slice(0, 40)}`,
  'private-key-block': `-----BEGIN RSA ${'PRIVATE'} KEY-----\\n${filler}${filler}\\n`,
  'code-host-token': `ghp_${filler}`,
  'model-provider-key': `sk-ant-api03-${filler}`,
  'registry-or-service-token': `npm_${filler}`,
  'json-web-token': `eyJ${filler.slice(0, 16)}.eyJ${filler.slice(0, 16)}.${filler}`,
};

test('each rule of .gitleaks.toml finds its planted secret, at its line, and only it', () => {
  expect(rules.rules.map(({ id }) => id).sort()).toEqual(Object.keys(planted).sort());
  for (const [id, secret] of Object.entries(planted))
    expect(findSecrets(`first line\nconst key = "${secret}";\n`, rules)).toEqual([{ id, line: 2 }]);
});

test('the other shapes of a rule are found too', () => {
  const more = [
    `cb-${(filler + filler).slice(0, 43)}`,
    `cbt-${filler}${filler}`,
    `export AWS_SECRET_ACCESS_KEY=${(filler + filler).slice(0, 40)}`,
    `aws_session_token = ${filler}${filler}`,
    `-----BEGIN ${'PRIVATE'} KEY-----\n${filler}${filler}`,
    `github_pat_${filler}${filler}`,
    `sk-proj-${filler}`,
    `xoxb-${filler}`,
  ];
  for (const text of more) expect([text, findSecrets(text, rules)]).toEqual([text, [expect.anything()]]);
});

test('what only resembles a secret is let through', () => {
  const harmless = [
    'AKIAIOSFODNN7EXAMPLE',
    'AKIA is how they begin',
    'sk-cb-9fK…',
    'bedrock-api-key-',
    'eyJhbGciOiJub25lIn0',
    'AWS_SECRET_ACCESS_KEY=<yours>',
    'npm integrity sha512-4GZynIB2IIe431odxesswvWTCP6orvqd6e2b07b3VFWBQRqUqIHc',
  ];
  for (const text of harmless) expect([text, findSecrets(text, rules)]).toEqual([text, []]);
});

test('dangerous code is seen, and what only looks like it is not', () => {
  expect(dangerousCode(`const a = 1;\neval(text);`)).toEqual(['2 runs text as code']);
  expect(dangerousCode(`spawn('x', [], { shell: true })`)).toHaveLength(1);
  expect(dangerousCode(`process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'`)).toHaveLength(1);
  expect(dangerousCode(`const [, a] = /x/.exec('y') ?? []; database.exec('COMMIT');`)).toEqual([]);
});

test('npm run security finds nothing in the tree, and names each part', () => {
  const { stdout, status } = spawnSync(process.execPath, ['scripts/security/run.ts'], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, npm_config_registry: 'http://127.0.0.1:9/', npm_config_fetch_retries: '0' },
  });
  expect([status, stdout]).toEqual([
    0,
    expect.stringMatching(/secrets +ok[\s\S]*history[\s\S]*code +ok[\s\S]*audit +skipped[\s\S]*licences/),
  ]);
}, 90_000);
