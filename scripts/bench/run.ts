import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Figures, flatOut, jsonRequests, manyOpen, paced, type Size, singleStreams } from './measures.ts';
import { plot } from './plot.ts';
import { type PolicyPlan, type PolicyRow, policyCost, policyTable } from './policy-cost.ts';
import { markdownTable, plainTable, type Rounds, type Row, rowsOf, verdict } from './report.ts';
import { directTarget, startFloor, startProxy, startUpstream, type Target, type Upstream } from './targets.ts';

/*
 * `npm run bench` measures this proxy, a proxy that only copies bytes, and the simulator itself, in turns, in one run.
 *   --quick          less of everything, for a first look
 *   --write          writes docs/bench/results.json, docs/bench/ratios.svg and the table in docs/performance.md
 *   --program FILE   the program to measure instead of dist/main.js
 *   --policies       only what the policies cost, everything on against everything off
 */
const root = join(import.meta.dirname, '..', '..');

type Plan = {
  warmUpMs: number;
  rounds: number;
  openRounds: number;
  starts: number;
  size: Size;
  policies: PolicyPlan;
};

const whole: Plan = {
  warmUpMs: 6000,
  rounds: 4,
  openRounds: 2,
  starts: 7,
  size: { singles: 60, jsonMs: 1500, flatChunks: 500, pacedChunks: 60, openStreams: 1000 },
  policies: { rounds: 9, warmUpMs: 2500, ms: 700 },
};
const quick: Plan = {
  warmUpMs: 2000,
  rounds: 1,
  openRounds: 1,
  starts: 3,
  size: { singles: 30, jsonMs: 800, flatChunks: 200, pacedChunks: 30, openStreams: 400 },
  policies: { rounds: 2, warmUpMs: 1500, ms: 600 },
};

const measures = [singleStreams, jsonRequests, flatOut, paced] as const;

/** After this no new round is begun, so that the whole run stays below six minutes on a busy machine too. */
const lastRoundBeginsMs = 180_000;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Every measure for each target in turn, A B C A B C …; the first pass over all of them warms up and is thrown away. */
async function steadyRounds(plan: Plan, upstream: Upstream, targets: readonly Target[], rounds: Rounds): Promise<void> {
  // V8 optimises a path after thousands of calls; a shorter warm-up would measure its compiler.
  const warmUp: Size = { ...plan.size, singles: 10, jsonMs: plan.warmUpMs, pacedChunks: 5 };
  for (const measure of measures) for (const target of targets) await measure(target, upstream, warmUp);
  for (let round = 1; round <= plan.rounds; round++) {
    if (performance.now() > lastRoundBeginsMs) return say(`stopped after ${round - 1} rounds: the machine is busy`);
    for (const measure of measures) {
      say(`round ${round} of ${plan.rounds}: ${measure.name}`);
      for (const target of targets) rounds[target.name].push(await measure(target, upstream, plan.size));
    }
  }
}

/** Memory and start-up are measured on fresh processes. */
async function freshRounds(
  plan: Plan,
  upstream: Upstream,
  starters: readonly (() => Promise<Target>)[],
  rounds: Rounds,
): Promise<void> {
  for (let round = 1; round <= plan.openRounds; round++) {
    say(`${plan.size.openStreams} open streams, ${round} of ${plan.openRounds}`);
    for (const start of starters)
      await withFresh(start, async (target) => rounds[target.name].push(await manyOpen(target, upstream, plan.size)));
  }
  say('start-up');
  for (let round = 0; round < plan.starts; round++)
    for (const start of starters)
      await withFresh(start, async (target) => rounds[target.name].push({ startMs: target.startMs } satisfies Figures));
}

async function withFresh(start: () => Promise<Target>, use: (target: Target) => Promise<unknown>): Promise<void> {
  const target = await start();
  try {
    await use(target);
  } finally {
    target.stop();
  }
}

type All = { rounds: Rounds; policies: PolicyRow[] };

async function measureAll(program: string, plan: Plan): Promise<All> {
  const upstream = await startUpstream();
  const running: Target[] = [];
  try {
    const floor = () => startFloor(upstream);
    const proxy = () => startProxy(program, upstream);
    running.push(await floor(), await proxy());
    const rounds: Rounds = { direct: [], floor: [], proxy: [] };
    await steadyRounds(plan, upstream, [directTarget(upstream), ...running], rounds);
    for (const target of running.splice(0)) target.stop();
    await freshRounds(plan, upstream, [floor, proxy], rounds);
    say('policies');
    return { rounds, policies: await policyCost(program, upstream, plan.policies) };
  } finally {
    for (const target of running) target.stop();
    upstream.stop();
  }
}

const machine = (): string =>
  `${cpus()[0]?.model.trim() || process.arch}, ${availableParallelism()} cores, Node ${process.versions.node}`;

async function policiesAlone(program: string, plan: Plan): Promise<PolicyRow[]> {
  const upstream = await startUpstream();
  try {
    return await policyCost(program, upstream, plan.policies);
  } finally {
    upstream.stop();
  }
}

/** Replaces what stands between the two marks of a name in docs/performance.md. */
function writeSection(name: string, section: string): void {
  const page = join(root, 'docs', 'performance.md');
  const marks = new RegExp(`(<!-- ${name}:start -->)[\\s\\S]*(<!-- ${name}:end -->)`);
  writeFileSync(
    page,
    readFileSync(page, 'utf8').replace(marks, (_, start, end) => `${start}\n${section}\n${end}`),
  );
}

const today = (): string => new Date().toISOString().slice(0, 10);

function writePolicies(rows: readonly PolicyRow[]): void {
  writeSection('policies', `${today()}, ${machine()}.\n\n${policyTable(rows)}`);
}

function write(rows: readonly Row[], { rounds, policies }: All): void {
  const folder = join(root, 'docs', 'bench');
  mkdirSync(folder, { recursive: true });
  const measuredAt = today();
  const table = rows.map((row) => ({ ...row, verdict: verdict(row) }));
  writeFileSync(
    join(folder, 'results.json'),
    `${JSON.stringify({ schemaVersion: 1, measuredAt, machine: machine(), rows: table, policies, rounds }, null, 2)}\n`,
  );
  writeFileSync(join(folder, 'ratios.svg'), plot(rows));
  writeSection(
    'bench',
    `${measuredAt}, ${machine()}.\n\n${markdownTable(rows)}\n\n![Ratios against the floor](bench/ratios.svg)`,
  );
  writePolicies(policies);
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    write: { type: 'boolean' },
    policies: { type: 'boolean' },
    program: { type: 'string' },
  },
});
const program = values.program ?? join(root, 'dist', 'main.js');
if (!existsSync(program)) {
  say(`error: there is no ${program}\nfix: npm run build`);
  process.exit(2);
}
const plan = values.quick ? quick : whole;
if (values.policies) {
  const policies = await policiesAlone(program, plan);
  process.stdout.write(`${machine()}\n\n${policyTable(policies)}\n`);
  if (values.write) writePolicies(policies);
  process.exit(0);
}
const all = await measureAll(program, plan);
const rows = rowsOf(all.rounds);
process.stdout.write(`${machine()}\n\n${plainTable(rows)}\n\n${policyTable(all.policies)}\n`);
if (values.write) write(rows, all);
process.exit(0);
