// A headless browser for the tests of the report and for its screenshots. $BROWSER is its program; $PAGES a directory of
// pages, as tests/browser/pages.py makes them.
import { chromium } from 'playwright-core';

export const pages = process.env.PAGES;

export function launch() {
  const args = process.getuid() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: process.env.BROWSER, args });
}

export function address(name, hash = '') { return `file://${pages}/${name}.html${hash ? `#${hash}` : ''}`; }

// A page with `complaints`: whatever it logs, throws, asks or requests besides itself.
export async function open(browser, name, hash = '', options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on('console', (message) => page.complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => page.complaints.push(`error: ${error.stack}`));
  page.on('dialog', (dialog) => { page.complaints.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', (request) => {
    if (!request.url().startsWith(address(name))) page.complaints.push(`request: ${request.url()}`);
  });
  await page.goto(address(name, hash));
  return page;
}
