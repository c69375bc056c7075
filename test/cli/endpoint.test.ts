import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Run, runCli, until } from './run-cli.ts';

let home = '';
let program: Run;
let url = '';
const dialled: string[] = [];
let strangers = 0;
const servers: Server[] = [];

async function serve(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

/** The configured Bedrock, which refuses every request at once, and a stranger that nobody may dial. */
let configured = 0;
let stranger = '';
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'endpoint-'));
  configured = await serve(
    createServer((incoming, outgoing) => {
      dialled.push(`${incoming.headers.host} ${incoming.headers.authorization}`);
      incoming.resume().on('end', () => {
        outgoing.writeHead(400, { 'x-amzn-errortype': 'ValidationException', 'content-type': 'application/json' });
        outgoing.end('{"message":"no"}');
      });
    }),
  );
  const port = await serve(createServer((_, outgoing) => outgoing.end()).on('connection', () => strangers++));
  stranger = `127.0.0.1:${port}`;
  program = runCli(['serve', '--json', '--port', '0'], {
    HOME: home,
    CLAUDE_BEDROCK_HOME: home,
    CLAUDE_BEDROCK_API_KEY: 'key-of-the-test',
    CLAUDE_BEDROCK_UPSTREAM: 'bedrock',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'canary-secret-key',
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: `http://127.0.0.1:${configured}`,
  });
  const line = await until(
    () => program.stdout().includes('\n') && program.stdout(),
    () => program.stderr(),
  );
  url = (JSON.parse(line) as { url: string }).url;
}, 60_000);
afterAll(async () => {
  program.child.kill('SIGKILL');
  await program.exited;
  for (const server of servers) server.close().closeAllConnections();
  rmSync(home, { recursive: true, force: true });
});

function post(path: string, headers: Record<string, string>, body: unknown): Promise<number> {
  return new Promise((resolve, reject) => {
    const all = { ...headers, authorization: 'Bearer key-of-the-test', 'content-type': 'application/json' };
    request(url + path, { method: 'POST', headers: all })
      .on('response', (answer) => answer.resume().on('end', () => resolve(answer.statusCode ?? 0)))
      .on('error', reject)
      .end(JSON.stringify(body));
  });
}

test('promise 16: whatever body, headers and model a request has, only the configured host is dialled, in its Region', async () => {
  const places = () => [`http://${stranger}`, `http://${stranger}/v1`, stranger, 'us-west-2'];
  const fields = ['endpoint', 'base_url', 'api_base', 'baseURL', 'region', 'aws_region', 'host', 'proxy', 'extra_body'];
  const names = ['x-forwarded-host', 'forwarded', 'x-amz-region', 'x-amz-target', 'x-endpoint', 'x-base-url', 'via'];
  const models = () => [
    'bedrock-sonnet',
    `http://${stranger}/model`,
    `../../${stranger}`,
    `@${stranger}/x`,
    'arn:aws:bedrock:us-west-2:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  ];
  const pairs = (keys: string[]) =>
    fc.dictionary(fc.constantFrom(...keys), fc.constantFrom(...places()), { maxKeys: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('/v1/chat/completions', '/v1/messages', '/v1/responses'),
      fc.constantFrom(...models()),
      pairs(fields),
      pairs(names),
      async (path, model, extra, headers) => {
        const messages = [{ role: 'user', content: 'Hello' }];
        const body = path.endsWith('responses') ? { input: 'Hello' } : { messages, max_tokens: 10 };
        expect(await post(path, headers, { ...extra, ...body, model })).toBeGreaterThanOrEqual(400);
      },
    ),
    { numRuns: 60 },
  );
  expect(dialled.length).toBeGreaterThan(20);
  const place = new RegExp(
    `^127\\.0\\.0\\.1:${configured} AWS4-HMAC-SHA256 Credential=[^/]+/\\d{8}/eu-central-1/bedrock/aws4_request,`,
  );
  for (const call of dialled) expect(call).toMatch(place);
  expect(strangers).toBe(0);
}, 120_000);
