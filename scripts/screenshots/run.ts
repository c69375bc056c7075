import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { executablePath, quietly } from './chromium.ts';
import { startPictureServer } from './picture-server.ts';
import { smallPng } from './small-png.ts';

/* Takes the pictures of docs/dashboard.md: `npm run screenshots`. Needs a Chromium, named by CHROMIUM_PATH or at /usr/bin/chromium. */

if (!existsSync(executablePath)) {
  process.stderr.write(`no Chromium at ${executablePath}: set CHROMIUM_PATH\n`);
  process.exit(1);
}

const folder = join(import.meta.dirname, '../../docs/images');
mkdirSync(folder, { recursive: true });
/** A Wednesday afternoon. */
const now = new Date(2026, 10, 18, 16, 42, 9).getTime();
const server = await startPictureServer(now);
const browser = await chromium.launch({
  executablePath,
  args: [...quietly],
});

type Picture = { name: string; dark?: boolean; width?: number; height?: number; open?: boolean };

const pictures: readonly Picture[] = [
  { name: 'dashboard-light' },
  { name: 'dashboard-dark', dark: true },
  { name: 'dashboard-request', height: 640, open: true },
  { name: 'dashboard-narrow', width: 420, height: 900 },
];

for (const { name, dark = false, width = 1440, height = 1000, open = false } of pictures) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.clock.setFixedTime(now);
  await page.goto(server.url);
  await page.locator('tr.row').first().waitFor();
  if (open) {
    await page.getByRole('radio', { name: 'Problems' }).check({ force: true });
    await page.locator('tr.row button').first().click();
    await page.locator('section.calls').evaluate((calls) => calls.scrollIntoView());
    await page.mouse.wheel(0, -64);
  }
  const file = join(folder, `${name}.png`);
  writeFileSync(file, smallPng(await page.screenshot()));
  await context.close();
  process.stdout.write(`${name}.png ${Math.round(statSync(file).size / 1024)} KiB\n`);
}
await browser.close();
server.close();
