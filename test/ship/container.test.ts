import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const dockerfile = readFileSync('Dockerfile', 'utf8');

test('the image is built in two steps; the last one has no shell, no root and a health check', () => {
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
  expect(dockerfile.match(/^FROM /gm)).toHaveLength(2);
  expect(last).toMatch(/^\nFROM gcr\.io\/distroless\/nodejs24-debian12:nonroot\n/);
  expect(last).toMatch(/^USER 65532:65532$/m);
  expect(last).toMatch(/HEALTHCHECK[\s\S]*\/livez/);
  expect(last).not.toMatch(/^(?:RUN|ADD) /m);
  expect(last).toContain('CLAUDE_BEDROCK_API_KEY_FILE=/run/secrets/claude_bedrock_api_key');
  expect(dockerfile).not.toMatch(/^ARG .*(KEY|TOKEN|SECRET)/m);
});

test('compose takes everything away that the program does not need', () => {
  const { services, secrets } = parse(readFileSync('compose.yaml', 'utf8'));
  const service = services['claude-bedrock'];
  expect(service).toMatchObject({
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    ports: ['127.0.0.1:4141:4141'],
    secrets: ['claude_bedrock_api_key'],
  });
  expect(service.tmpfs).toHaveLength(2);
  expect(service.privileged).toBeUndefined();
  expect(secrets['claude_bedrock_api_key']).toEqual({ file: './secrets/api-key' });
  expect(readFileSync('.gitignore', 'utf8')).toContain('/secrets/');
});

test('only what the build needs is sent to it', () => {
  const [first, ...rest] = readFileSync('.dockerignore', 'utf8').trim().split('\n');
  expect(first).toBe('*');
  expect(rest.every((line) => line.startsWith('!'))).toBe(true);
  expect(rest).not.toContain('!.git');
});

test('a container engine takes the files, where there is one', () => {
  const engine = spawnSync('docker', ['compose', 'config', '--quiet'], { encoding: 'utf8', timeout: 15_000 });
  if (engine.error || /unknown|not a docker command/.test(engine.stderr)) {
    process.stdout.write('SKIPPED: docker compose is not here, compose.yaml is checked as YAML only\n');
    return;
  }
  expect(engine.stderr).not.toMatch(/invalid|must be|not allowed/i);
});

test('workflows run on 22, 24 and 26 and once a week, with read rights only and actions pinned by commit', () => {
  const files = globSync('.github/workflows/*.yml');
  expect(files.length).toBe(2);
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    expect([file, parse(text).permissions]).toEqual([file, { contents: 'read' }]);
    for (const [, used = ''] of text.matchAll(/uses: (\S+.*)/g))
      expect(used).toMatch(/^[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    expect(text).not.toContain('pull_request_target');
  }
  const ci = parse(readFileSync('.github/workflows/ci.yml', 'utf8'));
  expect(ci.jobs.check.strategy.matrix.node).toEqual([22, 24, 26]);
  expect(parse(readFileSync('.github/workflows/weekly.yml', 'utf8')).on.schedule).toHaveLength(1);
});

test('the pre-commit hooks are pinned, and name commands that exist', () => {
  const { repos } = parse(readFileSync('.pre-commit-config.yaml', 'utf8'));
  expect(repos[0]).toMatchObject({ rev: expect.stringMatching(/^v\d/), hooks: [{ id: 'gitleaks' }] });
  for (const { entry } of repos[1].hooks)
    for (const [file] of entry.matchAll(/scripts\/\S+\.ts/g)) expect(globSync(file)).toHaveLength(1);
});
