import type { Command } from 'commander';
import { loadSettings } from '../config/load.ts';
import { answeringServer } from './answering-server.ts';
import { type CheckRow, exitOfRows, rowText } from './check-row.ts';
import type { Cli } from './commands.ts';
import { credentialRows, modelRows } from './doctor-aws.ts';
import { diskRows, environmentRows, nodeRow, serverRows, tunnelRows } from './doctor-machine.ts';
import { tilde } from './found-credentials.ts';
import { withProgress } from './progress.ts';

type Flags = { probe?: boolean; json?: boolean };

/** `claude-bedrock doctor` */
export function define(command: Command, { output, exit }: Cli): void {
  command
    .option('--probe', 'also ask a model for one short answer (a real request)')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExit code: 0 no failure, 1 failure, 3 configuration, 4 sign-in, 5 AWS refuses.')
    .action(async ({ probe = false, json }: Flags) => {
      const rows = await withProgress('checking', () => examine(probe));
      if (json) output.json({ ok: rows.every(({ state }) => state !== 'fail'), checks: rows.map(asJson) });
      else for (const row of rows) output.result(rowText(row, output));
      exit(exitOfRows(rows));
    });
}

const asJson = ({ name, state, found, fix }: CheckRow) => ({ name, state, found, fix: fix ?? null });

async function examine(probe: boolean): Promise<CheckRow[]> {
  const node = nodeRow(process.versions.node);
  const result = await loadSettings();
  if (!result.ok) {
    const problems = result.problems.map(
      ({ where, what, right }): CheckRow => ({ name: 'config', state: 'fail', found: `${where}: ${what}`, fix: right }),
    );
    return [node, ...problems, ...environmentRows(process.env, undefined)];
  }
  const { loaded } = result;
  const config: CheckRow = { name: 'config', state: 'ok', found: `${tilde(loaded.paths.configFile)} is valid` };
  const running = await answeringServer(loaded);
  const [server, credentials] = await Promise.all([serverRows(loaded, running), credentialRows(loaded, running)]);
  return [
    node,
    config,
    ...environmentRows(process.env, loaded.settings.aws.profile),
    ...diskRows(loaded.paths),
    ...server,
    ...tunnelRows(loaded.paths.state, Date.now()),
    ...credentials,
    ...(probe && credentials.every(({ state }) => state !== 'fail') ? await modelRows(loaded) : []),
  ];
}
