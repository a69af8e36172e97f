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

// Pages that tests share: one for each file and options, as opening one takes longer than most tests.
export class Shelf {
  constructor(browser) {
    this.browser = browser;
    this.opened = new Map();
  }

  // The page, at a hash, with nothing left of what was typed or printed before.
  async at(name, hash, options = {}) {
    const key = name + JSON.stringify(options);
    if (!this.opened.has(key)) this.opened.set(key, await open(this.browser, name, '', options));
    const page = this.opened.get(key);
    await page.evaluate(async (to) => {
      const done = new Promise((resolve) => { addEventListener('hashchange', resolve, { once: true }); });
      if (location.hash === to) return showPage();
      location.hash = to;
      return done;
    }, `#${hash}`);
    return page;
  }

  // What any of them complained of since the last call.
  complaints() { return [...this.opened.values()].flatMap((page) => page.complaints.splice(0)); }
}
