import { win32 } from 'node:path';
import { captured, keyHint, leftOutHints, ownVariablesFile, type ServiceFacts, type ServicePlan } from './service.ts';
import { xmlText } from './xml-text.ts';

const task = 'claude-bedrock';

/**
 * A task at logon, with the person's own rights. A task has no environment of its own, so what is captured stands in a
 * file that Node reads. https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema
 */
export function taskPlan(facts: ServiceFacts & { user: string }): ServicePlan {
  const own = ownVariablesFile(facts, win32.join);
  const variables = win32.join(facts.state, 'service-captured.env');
  const xml = win32.join(facts.state, 'service-task.xml');
  return {
    manager: 'task-scheduler',
    name: task,
    files: [
      { path: variables, text: envFile(captured(facts)), encoding: 'utf8' },
      // schtasks reads no other encoding without complaint.
      { path: xml, text: `\ufeff${taskXml(facts, [variables, own])}`, encoding: 'utf16le' },
    ],
    start: [
      ['schtasks', '/Create', '/TN', task, '/XML', xml, '/F'],
      ['schtasks', '/Run', '/TN', task],
    ],
    stop: [
      ['schtasks', '/End', '/TN', task],
      ['schtasks', '/Delete', '/TN', task, '/F'],
    ],
    status: ['schtasks', '/Query', '/TN', task],
    hints: ['it starts when you log in', keyHint(own), ...leftOutHints(facts, own)],
  };
}

/** Quoted, so that a path with `#` or blanks keeps its value; Node's parser takes single quotes literally. */
function envFile(variables: readonly [string, string][]): string {
  return variables.map(([name, value]) => `${name}='${value.replaceAll("'", '')}'\n`).join('');
}

function taskXml({ node, main, user }: ServiceFacts & { user: string }, envFiles: readonly string[]): string {
  const words = [node, ...envFiles.map((file) => `--env-file-if-exists=${file}`), main, 'serve'];
  // conhost --headless: a console program started at logon would leave its window open.
  const commandLine = ['--headless', ...words].map((text) => (/[\s"]/.test(text) ? `"${text}"` : text)).join(' ');
  return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>claude-bedrock: Amazon Bedrock for local editors</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
      <UserId>${xmlText(user)}</UserId>
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>${xmlText(user)}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>5</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>conhost.exe</Command>
      <Arguments>${xmlText(commandLine)}</Arguments>
    </Exec>
  </Actions>
</Task>
`;
}
