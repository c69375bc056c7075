import { posix } from 'node:path';
import { captured, keyHint, leftOutHints, ownVariablesFile, type ServiceFacts, type ServicePlan } from './service.ts';

const unit = 'claude-bedrock.service';

/** A unit of the person's own manager: no root, and it sees their `~/.aws` and keyring. systemd.service(5), systemd.exec(5). */
export function systemdPlan(facts: ServiceFacts): ServicePlan {
  const folder = posix.join(facts.env['XDG_CONFIG_HOME'] || posix.join(facts.home, '.config'), 'systemd', 'user');
  const own = ownVariablesFile(facts, posix.join);
  return {
    manager: 'systemd',
    name: unit,
    files: [{ path: posix.join(folder, unit), text: unitText(facts, own), encoding: 'utf8' }],
    start: [
      ['systemctl', '--user', 'daemon-reload'],
      ['systemctl', '--user', 'enable', '--now', unit],
    ],
    stop: [
      ['systemctl', '--user', 'disable', '--now', unit],
      ['systemctl', '--user', 'daemon-reload'],
    ],
    status: ['systemctl', '--user', 'is-active', unit],
    hints: [
      'it starts when you log in; to start it with the machine: loginctl enable-linger',
      `its log: journalctl --user -u ${unit}`,
      keyHint(own),
      ...leftOutHints(facts, own),
    ],
  };
}

function unitText(facts: ServiceFacts, own: string): string {
  const command = [facts.node, `--env-file-if-exists=${own}`, facts.main, 'serve'].map(execWord).join(' ');
  const variables = captured(facts).map(([name, value]) => `Environment=${word(`${name}=${value}`)}`);
  return `[Unit]
Description=claude-bedrock: Amazon Bedrock for local editors
StartLimitIntervalSec=60
StartLimitBurst=5

[Service]
Type=exec
ExecStart=${command}
${variables.join('\n')}
Restart=on-failure
RestartSec=2
# 2 and 3 are a wrong command line and a wrong configuration: another start mends neither.
RestartPreventExitStatus=2 3
# Open answers may finish (timeouts.drain).
TimeoutStopSec=40
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
# No MemoryDenyWriteExecute: V8 compiles at run time. No ProtectHome: AWS sign-in lives in ~/.aws.

[Install]
WantedBy=default.target
`;
}

/** Quoted as systemd.syntax(7) demands; `%` begins a specifier. */
function word(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`;
}

/** In a command line `$` begins a variable as well. */
const execWord = (text: string): string => word(text).replaceAll('$', '$$$$');
