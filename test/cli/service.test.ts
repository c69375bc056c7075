import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { done } from './run-cli.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(import.meta.dirname, '../../node_modules/.service-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const service = (...args: string[]) =>
  done(['service', ...args], { HOME: home, CLAUDE_BEDROCK_HOME: join(home, 'state') });
const unit = () => join(home, '.config/systemd/user/claude-bedrock.service');

// A program in the temporary folder is refused a service, so a checkout that lies there cannot try this.
const isTemporary = import.meta.dirname.startsWith('/tmp/');

test.skipIf(process.platform !== 'linux' || isTemporary)(
  'install writes the unit, status sees it and what has changed, uninstall takes it away (needs Linux, and a checkout outside /tmp)',
  async () => {
    expect((await service('status')).code).toBe(1);
    const dry = await service('install', '--dry-run', '--json');
    expect(JSON.parse(dry.stdout)).toMatchObject({ schemaVersion: 1, manager: 'systemd', installed: false });
    expect(existsSync(unit())).toBe(false);

    const installed = await service('install', '--no-start');
    expect(installed.code).toBe(0);
    expect(installed.stderr).toContain('loginctl enable-linger');
    expect(JSON.parse((await service('status', '--json')).stdout)).toMatchObject({
      installed: true,
      current: true,
      running: false,
    });

    writeFileSync(unit(), readFileSync(unit(), 'utf8').replace('RestartSec=2', 'RestartSec=9'));
    expect(JSON.parse((await service('status', '--json')).stdout)).toMatchObject({ installed: true, current: false });

    expect((await service('uninstall')).stdout).toContain('removed');
    expect(existsSync(unit())).toBe(false);
    expect((await service('uninstall')).stdout).toContain('No service was installed.');
  },
  60_000,
);
