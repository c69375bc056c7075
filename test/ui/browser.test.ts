import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { executablePath, quietly } from '../../scripts/screenshots/chromium.ts';
import { commandWords } from '../../src/connect/own-command.ts';
import { patienceMs } from '../deadline.ts';
import { canary, type DashboardUnderTest, key, startDashboard } from '../http/dashboard-under-test.ts';

const missing = !existsSync(executablePath);
if (missing) {
  process.stderr.write(
    `SKIPPED: the dashboard in a real browser (no Chromium at ${executablePath}; set CHROMIUM_PATH)\n`,
  );
}

let proxy: DashboardUnderTest;
let context: BrowserContext;
let page: Page;
let profile: string;
const complaints: string[] = [];
const hosts = new Set<string>();

/** Everything the browser says or asks for is noted: a violated policy is a console error. */
async function openPage(): Promise<Page> {
  const opened = await context.newPage();
  opened.on('console', (message) => {
    // The first look at the state is made to learn whether there is a session.
    if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text());
  });
  opened.on('pageerror', (error) => complaints.push(String(error)));
  opened.on('request', (request) => {
    if (!request.url().startsWith('data:')) hosts.add(new URL(request.url()).origin);
  });
  return opened;
}

const deadline = { timeout: patienceMs };

describe.skipIf(missing)('the dashboard in Chromium', () => {
  beforeAll(async () => {
    const asTyped = commandWords(['ui', 'connect', 'cursor'], 'npx claude-bedrock');
    proxy = await startDashboard('[[budgets]]\nperiod = "day"\nusd = 10\n', { asTyped });
    profile = mkdtempSync(join(tmpdir(), 'claude-bedrock-chromium-'));
    context = await chromium.launchPersistentContext(profile, {
      executablePath,
      viewport: { width: 1440, height: 900 },
      args: [...quietly],
    });
    page = await openPage();
  }, 60_000);

  afterAll(async () => {
    await context.close();
    await proxy.close();
    rmSync(profile, { recursive: true, force: true });
  }, 60_000);

  test('a browser without a session is told the one command, as the person types it', async () => {
    await page.goto(`${proxy.url}/ui`);
    await page.getByText('npx claude-bedrock ui', { exact: true }).waitFor(deadline);
    expect(await page.locator('table').count()).toBe(0);
  });

  test('the link signs in, once, and leaves the address bar', async () => {
    const link = await proxy.link();
    await page.goto(`${proxy.url}/ui#link=${link}`);
    await page.getByRole('heading', { name: 'Requests' }).waitFor(deadline);
    expect(page.url()).toBe(`${proxy.url}/ui`);
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/ui' });
    expect(await page.evaluate(() => document.cookie)).toBe('');
  });

  test('an empty table says what to do', async () => {
    const said = await page.locator('section.calls').textContent();
    expect(said).toContain('/v1/chat/completions');
    expect(said).toContain('npx claude-bedrock connect');
  });

  test('a row appears by itself when a request is over', async () => {
    await page.getByText('Live', { exact: true }).waitFor(deadline);
    await (await proxy.chat()).text();
    const row = page.locator('tr.row').first();
    await row.waitFor(deadline);
    expect(await row.textContent()).toMatch(/cursor[\s\S]*bedrock-sonnet[\s\S]*served/);
    await page.getByText('One new request.').waitFor({ ...deadline, state: 'attached' });
  });

  test('a row opens by the keyboard alone, and closes by Escape', async () => {
    await page.locator('body').press('j');
    await page.keyboard.press('Enter');
    await page.getByText('Answered by').waitFor(deadline);
    expect(await page.locator('tr.row button').first().getAttribute('aria-expanded')).toBe('true');
    await page.keyboard.press('Escape');
    await page.getByText('Answered by').waitFor({ ...deadline, state: 'detached' });
  });

  test('the list of keys opens by ? and by its button, keeps the focus, and closes by Escape', async () => {
    const dialog = page.getByRole('dialog', { name: 'Keys' });
    await page.keyboard.press('?');
    await dialog.waitFor(deadline);
    expect(await dialog.textContent()).toMatch(/filter.*next request.*theme/);
    // Behind a modal dialog no key of the page does anything.
    await page.keyboard.press('/');
    expect(await page.evaluate(() => document.activeElement?.closest('dialog') !== null)).toBe(true);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ ...deadline, state: 'hidden' });
    await page.getByRole('button', { name: 'Keys' }).click();
    await dialog.waitFor(deadline);
    await page.getByRole('button', { name: 'Close' }).click();
    await dialog.waitFor({ ...deadline, state: 'hidden' });
  });

  test('at 360 pixels nothing is wider than the screen, and each control has a name', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    // A chart follows its box a moment later.
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth), deadline).toBe(360);
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll('button, input, meter:not([aria-hidden])')]
        .filter((control) => {
          const label = control instanceof HTMLInputElement ? control.labels?.[0]?.textContent : control.textContent;
          return !(control.getAttribute('aria-label') ?? label)?.trim();
        })
        .map((control) => control.outerHTML),
    );
    expect(nameless).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test.each(['light', 'dark'] as const)(
    'text of every colour stands out by 4.5 to 1 on its ground (%s)',
    async (scheme) => {
      await page.emulateMedia({ colorScheme: scheme });
      const poor = await page.evaluate(() => {
        const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
        const light = (name: string): number => {
          const probe = document.createElement('i');
          probe.style.color = `var(--${name})`;
          document.body.append(probe);
          const colour = getComputedStyle(probe).color;
          probe.remove();
          if (!canvas) throw new Error('no canvas');
          canvas.fillStyle = colour;
          canvas.fillRect(0, 0, 1, 1);
          const [r = 0, g = 0, b = 0] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => {
            const part = value / 255;
            return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const ratio = (one: number, other: number) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        return ['text', 'quiet', 'accent', 'good', 'warn', 'bad'].flatMap((text) =>
          ['surface', 'raised', 'ground']
            .map((ground) => ({ pair: `${text} on ${ground}`, ratio: ratio(light(text), light(ground)) }))
            .filter((found) => found.ratio < 4.5),
        );
      });
      await page.emulateMedia({ colorScheme: null });
      expect(poor).toEqual([]);
    },
  );

  test('the filter narrows, by words and by kind, and is one key away', async () => {
    await (await proxy.chat({ model: 'bedrock-haiku' }, { 'user-agent': 'zed/0.9' })).text();
    await expect.poll(() => page.locator('tr.row').count(), deadline).toBe(2);
    await page.locator('body').press('/');
    await page.keyboard.type('zed haiku');
    await expect.poll(() => page.locator('tr.row').count(), deadline).toBe(1);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('tr.row').count(), deadline).toBe(2);
    await page.getByRole('radio', { name: 'From cache' }).check({ force: true });
    await page.getByText('None of the last 2 requests fits.').waitFor(deadline);
    await (await proxy.chat()).text();
    await expect.poll(() => page.locator('tr.row').count(), deadline).toBe(1);
    await page.getByRole('radio', { name: 'All' }).check({ force: true });
  });

  test('copy as curl gives a line with the same model and no key', async () => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: proxy.url });
    await page.locator('tr.row button').last().click();
    await page.getByRole('button', { name: 'Copy as curl' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor(deadline);
    const line = await page.evaluate(() => navigator.clipboard.readText());
    expect(line).toContain(`${proxy.url}/v1/chat/completions`);
    expect(line).toContain('"model":"bedrock-sonnet","stream":true');
    expect(line).toContain('$CLAUDE_BEDROCK_API_KEY');
    expect(line).not.toContain(key);
    expect(line).not.toContain(canary);
  });

  test('a replay on the simulator tells how it went', async () => {
    await page.getByRole('button', { name: 'Replay on the simulator' }).click();
    await page.getByText('The simulator answered as').waitFor(deadline);
    await page.keyboard.press('Escape');
  });

  test('dark and light follow the system until somebody chooses, and the choice is kept', async () => {
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await ground();
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.getByRole('button', { name: 'Theme: system' }).click();
    expect(await ground()).toBe(light);
    await page.reload();
    await page.getByRole('button', { name: 'Theme: light' }).waitFor(deadline);
    expect(await ground()).toBe(light);
  });

  test('every control has a name, every region a label, and Tab reaches the table', async () => {
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll('button, input, section, aside, [role=img]')]
        .filter((each) => {
          const label = each.getAttribute('aria-label') ?? each.getAttribute('aria-labelledby') ?? each.textContent;
          return !label?.trim() && !each.closest('label')?.textContent?.trim();
        })
        .map((each) => each.outerHTML.slice(0, 80)),
    );
    expect(nameless).toEqual([]);
    await page.locator('body').click({ position: { x: 2, y: 2 } });
    const seen: string[] = [];
    for (let presses = 0; presses < 14; presses++) {
      await page.keyboard.press('Tab');
      seen.push(
        await page.evaluate(() =>
          document.activeElement?.closest('tr.row') ? 'row' : (document.activeElement?.id ?? ''),
        ),
      );
    }
    expect(seen).toContain('filter');
    expect(seen).toContain('row');
  });

  test.each([['light'], ['dark']] as const)('text stands out from its ground in %s (WCAG AA)', async (scheme) => {
    await page.evaluate((theme) => (document.documentElement.dataset['theme'] = theme), scheme);
    const contrasts = await page.evaluate(() => {
      const probe = document.body.appendChild(document.createElement('i'));
      const luminance = (name: string): number => {
        probe.style.color = `var(--${name})`;
        const channels = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
        const [r = 0, g = 0, b = 0] = channels.map((value) => {
          const part = value / 255;
          return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const pairs = ['text', 'quiet', 'accent', 'good', 'warn', 'bad'].flatMap((ink) =>
        ['ground', 'surface', 'raised'].map((ground) => {
          const [high = 0, low = 0] = [luminance(ink), luminance(ground)].sort((a, b) => b - a);
          return { pair: `${ink} on ${ground}`, ratio: (high + 0.05) / (low + 0.05) };
        }),
      );
      probe.remove();
      return pairs;
    });
    expect(contrasts.filter(({ ratio }) => ratio < 4.5)).toEqual([]);
  });

  test('a long client name pushes no column off the screen', async () => {
    const name = `agent-${'of-a-long-name-'.repeat(8)}`;
    await (await proxy.chat({}, { 'user-agent': name })).text();
    const row = page.locator('tr.row', { hasText: 'agent-of' }).first();
    await row.waitFor(deadline);
    const overhang = () => page.evaluate(() => document.querySelector('.scroll')?.scrollWidth ?? 0);
    const room = () => page.evaluate(() => document.querySelector('.scroll')?.clientWidth ?? 0);
    expect(await overhang()).toBeLessThanOrEqual(await room());
  });

  test('in high contrast one sees which filter is on, and how a request ended', async () => {
    await page.emulateMedia({ forcedColors: 'active' });
    const [on, off] = await page.evaluate(() =>
      ['.kinds :checked + span', '.kinds input:not(:checked) + span'].map(
        (place) => getComputedStyle(document.querySelector(place) ?? document.body).backgroundColor,
      ),
    );
    expect(on).not.toBe(off);
    const dots = await page.evaluate(() =>
      [...document.querySelectorAll('.dot.good')].map((dot) => getComputedStyle(dot).backgroundColor),
    );
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(dots).not.toContain(ground);
    await page.emulateMedia({ forcedColors: null });
  });

  test('on a telephone nothing is wider than the screen', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await expect
      .poll(() => page.evaluate(() => document.documentElement.scrollWidth), deadline)
      .toBeLessThanOrEqual(390);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test('a script that gets into the page is not run', async () => {
    const other = await context.newPage();
    await other.goto(`${proxy.url}/ui`);
    await expect(other.addScriptTag({ content: 'globalThis.intruder = true' })).rejects.toThrow();
    await expect(other.evaluate(() => (document.body.innerHTML = '<img src=x onerror=alert(1)>'))).rejects.toThrow(
      /TrustedHTML/,
    );
    expect(await other.evaluate(() => 'intruder' in globalThis)).toBe(false);
    await other.close();
  });

  test('signing out closes the door for this browser', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out.').waitFor(deadline);
    await page.reload();
    await page.getByText('claude-bedrock ui').waitFor(deadline);
  });

  test('a used link opens nothing, and the page says so', async () => {
    const link = await proxy.link();
    await proxy.signIn(link);
    await page.goto(`${proxy.url}/ui#link=${link}`);
    await page.getByText('This link was used already').waitFor(deadline);
  });

  test('all the while: no error, no violated policy, no other host, no prompt on the screen', async () => {
    expect(complaints).toEqual([]);
    expect([...hosts]).toEqual([proxy.url]);
    expect(await page.content()).not.toContain(canary);
  });
});
