/** The Chromium that the pictures and the browser's tests use: `CHROMIUM_PATH`, or the system's. */
export const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

/** Starts it without a window, without its sandbox (it may run as root) and silent to its makers. */
export const quietly: readonly string[] = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
