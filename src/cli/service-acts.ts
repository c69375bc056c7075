import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { dirname } from 'node:path';
import { loadSettings } from '../config/load.ts';
import { resolvePaths } from '../config/paths.ts';
import { isPassing, servicePlan } from '../connect/service/plan.ts';
import type { ServiceFile, ServicePlan } from '../connect/service/service.ts';
import { answeringServer } from './answering-server.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';

export type ServiceFlags = { json?: boolean; dryRun?: boolean; start?: boolean };

/** The file that was started; a link of npm's is followed, because it may later lead elsewhere. */
const startFile = (): string => realpathSync(process.argv[1] ?? '');

/** `service install`: writes the files and starts the service, or shows what it would write. */
export async function install(flags: ServiceFlags, output: Output): Promise<ExitCode> {
  const plan = planHere(output);
  if (!plan) return exitCodes.failed;
  if (isPassing(startFile()) && !flags.dryRun) {
    output.fail({
      error: 'a service needs a program that stays',
      cause: `${startFile()} is in a cache that npm empties`,
      fix: 'npm install --global claude-bedrock, then claude-bedrock service install',
    });
    return exitCodes.failed;
  }
  if (flags.dryRun) return show(plan, flags, output);
  // One that runs already would go on with its old file.
  if (plan.files.some(({ path }) => existsSync(path))) runAll(plan.stop);
  for (const file of plan.files) write(file);
  const failed = flags.start === false ? undefined : runAll(plan.start);
  if (flags.json) output.json({ ...facts(plan), installed: true, started: flags.start !== false && !failed });
  else {
    for (const { path } of plan.files) output.result(`${output.paint('green', '✓')} ${path}`);
    if (!failed && flags.start !== false) output.result(`${output.paint('green', '✓')} started`);
    for (const hint of plan.hints) output.note(`  ${hint}`);
  }
  if (!failed) return exitCodes.ok;
  output.fail({
    error: 'the files are written, but the service did not start',
    cause: failed.cause,
    fix: failed.command,
  });
  return exitCodes.failed;
}

/** `service uninstall`: stops the service and removes its files; no service is no failure. */
export async function uninstall(flags: ServiceFlags, output: Output): Promise<ExitCode> {
  const plan = planHere(output);
  if (!plan) return exitCodes.failed;
  const present = plan.files.filter(({ path }) => existsSync(path));
  // What does not run cannot be stopped: only the files decide.
  if (present.length > 0) runAll(plan.stop);
  for (const { path } of present) rmSync(path);
  if (flags.json) output.json({ ...facts(plan), installed: false });
  else if (present.length === 0) output.result('No service was installed.');
  else for (const { path } of present) output.result(`${output.paint('green', '✓')} removed ${path}`);
  return exitCodes.ok;
}

/** `service status`: whether the files are there and current, and the service runs. */
export async function status(flags: ServiceFlags, output: Output): Promise<ExitCode> {
  const plan = planHere(output);
  if (!plan) return exitCodes.failed;
  const installed = plan.files.every(({ path }) => existsSync(path));
  const current = installed && plan.files.every((file) => readFileSync(file.path, file.encoding) === file.text);
  const loaded = await loadSettings();
  const running =
    installed &&
    runAll([plan.status]) === undefined &&
    (!loaded.ok || (await answeringServer(loaded.loaded)) !== undefined);
  if (flags.json) output.json({ ...facts(plan), installed, current, running });
  else if (!installed) output.result('not installed   fix: claude-bedrock service install');
  else {
    output.result(
      `${plan.manager}   ${running ? 'running' : 'not running'}   ${plan.files.map(({ path }) => path).join(', ')}`,
    );
    if (!current) {
      output.note(
        'The files are not what they would be now (another Node, PATH or profile). fix: claude-bedrock service install',
      );
    }
  }
  return installed && running ? exitCodes.ok : exitCodes.failed;
}

/** The manager that starts the proxy at login; undefined when no service is installed. */
export function installedManager(): ServicePlan['manager'] | undefined {
  const plan = planNow();
  return plan?.files.every(({ path }) => existsSync(path)) ? plan.manager : undefined;
}

function planNow(): ServicePlan | undefined {
  const { env, platform, execPath } = process;
  const user = userInfo().username;
  return servicePlan({
    node: execPath,
    main: startFile(),
    home: homedir(),
    state: resolvePaths().state,
    env,
    platform,
    uid: process.getuid?.() ?? 0,
    user: env['USERDOMAIN'] ? `${env['USERDOMAIN']}\\${user}` : user,
  });
}

function planHere(output: Output): ServicePlan | undefined {
  const plan = planNow();
  if (!plan) {
    output.fail({
      error: `there is no service for ${process.platform}`,
      cause: 'systemd, launchd and the Windows Task Scheduler are known',
      fix: 'start `claude-bedrock serve` with your system’s own means',
    });
  }
  return plan;
}

const facts = ({ manager, name, files }: ServicePlan) => ({ manager, name, files: files.map(({ path }) => path) });

function show(plan: ServicePlan, { json }: ServiceFlags, output: Output): ExitCode {
  const { start, hints } = plan;
  const commands = start.map((words) => words.join(' '));
  if (json) {
    output.json({
      ...facts(plan),
      installed: false,
      texts: plan.files.map(({ text }) => text),
      commands,
      hints: [...hints],
    });
    return exitCodes.ok;
  }
  for (const { path, text } of plan.files) output.verbatim(`# ${path}\n${text.replace(/^\ufeff/, '')}`);
  for (const command of commands) output.verbatim(`$ ${command}`);
  return exitCodes.ok;
}

function write({ path, text, encoding }: ServiceFile): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { encoding, mode: 0o600 });
}

/** Runs each command; stops at the first that fails and says which, and why. */
function runAll(commands: readonly (readonly string[])[]): { command: string; cause: string } | undefined {
  for (const [program = '', ...args] of commands) {
    const { status, error, stderr } = spawnSync(program, args, {
      encoding: 'utf8',
      timeout: 30_000,
      windowsHide: true,
    });
    if (status === 0) continue;
    const cause = error?.message ?? (stderr.trim() || `exit code ${status}`);
    return { command: [program, ...args].join(' '), cause };
  }
  return undefined;
}
