import { ChildProcess } from 'node:child_process';
import fs, { mkdtempSync, readdirSync } from 'node:fs';
import { IncomingMessage, ServerResponse } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { leakIn, leakingFiles } from './canary.ts';

/*
 * The canary sweep (promise 2). Runs in every test file of the suite, before it: whatever the program prints, answers or
 * leaves on disk meanwhile is searched for planted secrets, and the file fails with a sentence for each that is found.
 */

const leaks = new Set<string>();
const outputs = new Map<string, string>();

/** Keeps enough of the last piece to see a secret that two pieces share. */
function look(source: string, piece: unknown): void {
  if (typeof piece !== 'string' && !(piece instanceof Uint8Array)) return;
  const text = (outputs.get(source) ?? '') + Buffer.from(piece as string).toString('latin1');
  const leak = leakIn(text);
  if (leak !== undefined) leaks.add(`${source.replace(/ #\d+$/, '')} holds a planted secret: …${leak}…`);
  outputs.set(source, leak === undefined ? text.slice(-100) : '');
}

/** What is put back behind the file: the next one may run in the same process. */
const putBack: (() => void)[] = [];

/** Every temporary folder of this file is below one of its own, so that nothing is overlooked and nothing stays. */
const real = { rmSync: fs.rmSync, rm: fs.promises.rm, tmp: process.env['TMPDIR'] };
const folder = mkdtempSync(join(tmpdir(), 'cb-'));
process.env['TMPDIR'] = folder;

/** A folder is searched before it is thrown away. */
const lookBelow = (path: fs.PathLike): void => {
  if (String(path).startsWith(folder)) for (const leak of leakingFiles(String(path))) leaks.add(leak);
};
fs.rmSync = (path, options) => {
  lookBelow(path);
  real.rmSync(path, options);
};
fs.promises.rm = async (path, options) => {
  lookBelow(path);
  await real.rm(path, options);
};
syncBuiltinESMExports();
putBack.push(() => {
  fs.rmSync = real.rmSync;
  fs.promises.rm = real.rm;
  syncBuiltinESMExports();
  if (real.tmp === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = real.tmp;
});

type Spawn = (this: ChildProcess, options: { args?: readonly string[] }) => unknown;
const prototype = ChildProcess.prototype as unknown as { spawn: Spawn };
const spawnChild = prototype.spawn;
let children = 0;

/** Listens in where a child's output arrives: a listener on the stream would take it away from the test. */
prototype.spawn = function (options) {
  const result = spawnChild.call(this, options);
  const number = ++children;
  const command = (options.args ?? []).slice(0, 4).map((arg) => basename(arg));
  for (const [name, stream] of [
    ['stdout', this.stdout],
    ['stderr', this.stderr],
  ] as const) {
    if (!stream) continue;
    const push = stream.push.bind(stream);
    stream.push = (piece, encoding) => {
      look(`the ${name} of \`${command.join(' ')}\` #${number}`, piece);
      return push(piece, encoding);
    };
  }
  return result;
};
putBack.push(() => {
  prototype.spawn = spawnChild;
});

/** Answers of this program, errors, metrics and pages among them, have this header; those of stand-ins do not. */
const ourHead = /^x-content-type-options:/im;
/** A model may repeat what it was told: the same client gets its own words back, and nobody else's. */
const isModelsAnswer = ({ statusCode, req }: ServerResponse): boolean =>
  statusCode === 200 && req.method === 'POST' && /\/(completions|messages|responses)/.test(req.url ?? '');

/** The planted words of each request's body. */
const asked = new WeakMap<IncomingMessage, Set<string>>();
const planted = /canary-[\w-]*/g;
const push = IncomingMessage.prototype.push;
IncomingMessage.prototype.push = function (this: IncomingMessage, piece: unknown, encoding) {
  if (this.method !== undefined && piece instanceof Uint8Array) {
    const words = asked.get(this) ?? new Set();
    for (const [word] of Buffer.from(piece).toString('latin1').matchAll(planted)) words.add(word);
    asked.set(this, words);
  }
  return push.call(this, piece, encoding);
};
/** What is sent, without what the same client had said itself. */
const ofOthers = (response: ServerResponse, piece: unknown): unknown => {
  const own = isModelsAnswer(response) ? asked.get(response.req) : undefined;
  if (!own?.size || !(typeof piece === 'string' || piece instanceof Uint8Array)) return piece;
  return Buffer.from(piece as string)
    .toString('latin1')
    .replace(planted, (word) => (own.has(word) ? '' : word));
};

type Anything = (this: ServerResponse, ...all: unknown[]) => never;
for (const name of ['write', 'end'] as const) {
  const send = ServerResponse.prototype[name] as Anything;
  ServerResponse.prototype[name] = function (this: ServerResponse & { _header?: string }, ...all: unknown[]) {
    const sent = send.apply(this, all);
    if (ourHead.test(this._header ?? ''))
      look(`the answer to ${this.req.method} ${this.req.url}`, ofOthers(this, all[0]));
    return sent;
  } as Anything;
  putBack.push(() => {
    ServerResponse.prototype[name] = send;
  });
}

for (const name of ['stdout', 'stderr'] as const) {
  const { write } = process[name];
  const send = write.bind(process[name]) as (...all: unknown[]) => boolean;
  process[name].write = (...all: unknown[]) => {
    look(`this file's own ${name}`, all[0]);
    return send(...all);
  };
  putBack.push(() => {
    process[name].write = write;
  });
}

/** Runs behind every other hook of the file, because it was the first to be asked for. */
afterAll(() => {
  lookBelow(folder);
  const left = readdirSync(folder);
  real.rmSync(folder, { recursive: true, force: true });
  for (const undo of putBack) undo();
  expect([...leaks, ...left.map((name) => `${name} is left in the temporary folder`)]).toEqual([]);
});
