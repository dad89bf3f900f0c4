// Looks at the explorer's page in Chromium, as a reader would, and prints what it sees: a JSON object a line. Where it needs
// something to happen on the chain it prints a word and waits for the page to show it.
import {createRequire} from 'node:module';
const {chromium} = createRequire(import.meta.url)('playwright-core');

const [base, shots, chrome] = process.argv.slice(2);
const browser = await chromium.launch({executablePath: chrome, args: ['--no-sandbox']});
const problems = [];

async function open(options, hash) {
  const page = await browser.newPage(options);
  page.on('console', (m) => { if (['error', 'warning'].includes(m.type()) && !/status of (404|502)/.test(m.text())) problems.push(m.text()); });
  page.on('pageerror', (e) => problems.push(e.message));
  page.on('request', (r) => { if (!r.url().startsWith(base)) problems.push(`asks ${r.url()}`); });
  await go(page, hash);
  return page;
}

/** Goes to a view and waits until it is drawn. */
async function go(page, hash) {
  await page.goto(base + hash);
  await until(page, (h) => document.getElementById('main')?.dataset.shows === h, hash);
}

/** Waits for a condition. (waitForFunction evaluates a text, which the page's policy forbids.) */
async function until(page, condition, argument) {
  for (const end = Date.now() + 30000; !await page.evaluate(condition, argument).catch(() => false); await page.waitForTimeout(30)) {
    if (Date.now() > end) throw new Error(`waited in vain for ${condition}, ${argument}, on ${await page.evaluate(() => document.body.innerText)}`);
  }
}

const say = (what) => console.log(JSON.stringify(what));
const cells = (page, caption) => page.$$eval('table', (tables, c) => [...tables].filter((t) => t.caption.textContent === c)
  .flatMap((t) => [...t.tBodies[0].rows].map((r) => [...r.cells].map((d) => d.textContent))), caption);
const parts = (page) => page.$$eval('[data-part]', (nodes) => Object.fromEntries(nodes.map((n) => [n.dataset.part, n.dataset.amount])));

// What it says.
const page = await open({viewport: {width: 1280, height: 900}}, '#/');
say({rounds: await cells(page, 'The newest rounds'), runs: await cells(page, 'Runs')});
await page.screenshot({path: `${shots}/overview.png`, fullPage: true});
await go(page, '#/round/0');
say({scores: await cells(page, 'Scores by validators'), payouts: await cells(page, 'Shares of the reward'), money: await parts(page),
  equal: await page.textContent('.holds')});
await page.screenshot({path: `${shots}/round.png`, fullPage: true});
await page.screenshot({path: `${shots}/readme.png`, clip: {x: 0, y: 0, width: 1280, height: 1180}, fullPage: true});
await page.click('text=Show the transactions');
await page.waitForSelector('.entry');
say({transactions: await page.$$eval('.entry .key[href^="#/transaction/"]', (nodes) => nodes.map((n) => n.title))});
await go(page, '#/run/digits');
say({run: await parts(page), members: await cells(page, 'Members in their slots'), heading: await page.textContent('h1'), images: await page.$$eval('main img', (n) => n.length)});
await page.screenshot({path: `${shots}/run.png`, fullPage: true});

// It follows the chain by itself, and leaves what was opened open.
await go(page, '#/round/1');
await page.click('text=Show the transactions');
await page.waitForSelector('.entry');
const summary = await page.$('details summary');
await summary.click();
console.log('submit');
await page.waitForSelector('[data-key^="subject-"]:not([data-key="subject-base"])');
say({live: await cells(page, 'Scores by validators'), open: await page.$$eval('details[open]', (n) => n.length)});

// A contest, from its round.
console.log('contest');
await go(page, '#/');
await page.waitForSelector('[data-key="round-4"]');
await go(page, '#/round/3');
const contest = await page.getAttribute('main a[href^="#/contest/"]', 'href');
await go(page, contest);
say({contest: await cells(page, 'Who beat whom'), miners: await cells(page, 'Moving averages and earnings'), contestImages: await page.$$eval('main img', (n) => n.length)});
await page.screenshot({path: `${shots}/contest.png`, fullPage: true});

// Every link leads somewhere.
const seen = new Set();
const queue = ['#/'];
while (queue.length && seen.size < 24) {
  const hash = queue.shift();
  if (seen.has(hash)) continue;
  seen.add(hash);
  await go(page, hash);
  if (/^Not found|^Nothing/.test(await page.textContent('h1'))) problems.push(`${hash} leads nowhere`);
  queue.push(...await page.$$eval('main a[href^="#"]', (nodes) => nodes.map((n) => n.getAttribute('href'))));
}
say({links: seen.size});
await go(page, '#/round/77');
say({missing: await page.textContent('main')});
await go(page, '#/contest/cut');
say({cut: await page.textContent('main')});

// By keyboard alone.
await go(page, '#/');
await page.keyboard.press('/');
await page.keyboard.type('0');
await page.keyboard.press('Enter');
await until(page, () => document.querySelector('h1')?.textContent.startsWith('Round #0'));
await page.keyboard.press('g');
await page.evaluate(() => document.activeElement.blur());
await page.keyboard.press('g');
await until(page, () => document.querySelector('h1')?.textContent === 'Rounds and runs');
const reached = new Set();
for (let i = 0; i < 30; i++) {
  await page.keyboard.press('Tab');
  reached.add(await page.evaluate(() => document.activeElement?.getAttribute('href') ?? document.activeElement?.id ?? ''));
}
say({keyboard: [...reached]});

// On a phone, in the dark and in the light.
for (const colorScheme of ['light', 'dark']) {
  const phone = await open({viewport: {width: 360, height: 740}, colorScheme, isMobile: true, hasTouch: true}, '#/');
  const wide = [];
  for (const hash of ['#/', '#/round/0', '#/round/2', '#/run/digits', '#/validators', contest]) {
    await go(phone, hash);
    if (await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth)) wide.push(hash);
  }
  await go(phone, '#/round/0');
  await phone.screenshot({path: `${shots}/phone-${colorScheme}.png`, fullPage: true});
  await go(phone, contest);
  await phone.screenshot({path: `${shots}/contest-${colorScheme}.png`, fullPage: true});
  await go(phone, '#/round/0');
  say({phone: colorScheme, wide, background: await phone.evaluate(() => getComputedStyle(document.body).backgroundColor), contrast: await phone.evaluate(contrast)});
  await phone.close();
}

// The node fails: what was read stays, and the page says so; what was not read is not said to be missing.
await go(page, '#/round/0');
await page.route('**/api/{rounds,runs}/**', (r) => r.fulfill({status: 502, contentType: 'application/json', body: '{"error":"the node is down"}'}));
await page.waitForSelector('#status.lost');
const stays = await page.textContent('h1');
await go(page, '#/run/digits');
say({failed: [stays, await page.textContent('h1'), await page.textContent('#status')]});
await page.unroute('**/api/{rounds,runs}/**');
await page.waitForSelector('#status.live');

// More tabs than a browser opens connections, all but one of them out of sight.
const tabs = await browser.newContext();
await tabs.addInitScript(() => Object.defineProperty(document, 'hidden', {get: () => true}));
for (let i = 0; i < 8; i++) await go(await tabs.newPage(), '#/');
say({tabs: tabs.pages().length});
await tabs.close();

// The explorer stops: the page says so, and goes on by itself.
console.log('stop');
await page.waitForSelector('#status.lost');
console.log('start');
await page.waitForSelector('#status.live', {timeout: 30000});
say({problems: problems.filter((p) => !/ERR_CONNECTION|ERR_EMPTY|ERR_INCOMPLETE|ERR_SOCKET/.test(p))});
await browser.close();

/** The least contrast of a text to what is behind it, by WCAG 2's formula. */
function contrast() {
  const rgb = (text) => (text.match(/[\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; }).reduce((t, c, i) => t + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (n) => { for (; n; n = n.parentElement) { const c = rgb(getComputedStyle(n).backgroundColor); if (c.length === 3 || c[3] === 1) return c; } return [255, 255, 255]; };
  let least = 21;
  for (const n of document.querySelectorAll('h1,h2,p,td,th,dt,dd,a,caption,.phase')) {
    if (!n.textContent.trim() || n.closest('.hidden,.skip')) continue;
    const [a, b] = [light(rgb(getComputedStyle(n).color)), light(behind(n))].sort((x, y) => y - x);
    least = Math.min(least, (a + 0.05) / (b + 0.05));
  }
  return least;
}
