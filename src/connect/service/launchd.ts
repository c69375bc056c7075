import { posix } from 'node:path';
import { captured, keyHint, leftOutHints, ownVariablesFile, type ServiceFacts, type ServicePlan } from './service.ts';
import { xmlText } from './xml-text.ts';

const label = 'claude-bedrock';

/** A launch agent in the person's own session; launchd.plist(5). */
export function launchdPlan(facts: ServiceFacts & { uid: number }): ServicePlan {
  const path = posix.join(facts.home, 'Library', 'LaunchAgents', `${label}.plist`);
  const log = posix.join(facts.home, 'Library', 'Logs', `${label}.log`);
  const own = ownVariablesFile(facts, posix.join);
  const domain = `gui/${facts.uid}`;
  return {
    manager: 'launchd',
    name: label,
    files: [{ path, text: plist(facts, own, log), encoding: 'utf8' }],
    start: [['launchctl', 'bootstrap', domain, path]],
    stop: [['launchctl', 'bootout', `${domain}/${label}`]],
    status: ['launchctl', 'print', `${domain}/${label}`],
    hints: ['it starts when you log in', `its log: ${log}`, keyHint(own), ...leftOutHints(facts, own)],
  };
}

function plist(facts: ServiceFacts, own: string, log: string): string {
  const words = [facts.node, `--env-file-if-exists=${own}`, facts.main, 'serve'];
  const variables = captured(facts).map(
    ([name, value]) => `    <key>${xmlText(name)}</key>\n    <string>${xmlText(value)}</string>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${label}</string>
  <key>ProgramArguments</key>
  <array>
${words.map((text) => `    <string>${xmlText(text)}</string>`).join('\n')}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
${variables.join('\n')}
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <key>ExitTimeOut</key>
  <integer>40</integer>
  <key>Umask</key>
  <integer>63</integer>
  <key>StandardOutPath</key>
  <string>${xmlText(log)}</string>
  <key>StandardErrorPath</key>
  <string>${xmlText(log)}</string>
</dict>
</plist>
`;
}
