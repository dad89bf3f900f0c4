// The page: which view, when to read again, keys and colors.
import {el} from './dom.js';
import {overview} from './overview.js';
import {round} from './round.js';
import {run} from './run.js';
import {account, score} from './account.js';
import {transaction} from './transaction.js';
import {contest} from './contest.js';
import {validators} from './validators.js';

const views = {'': overview, before: overview, round, run, account, score, transaction, validators, contest};
const main = document.getElementById('main');
const status = document.getElementById('status');
const chain = document.getElementById('chain');
let current = 0; // counts reads: an answer to an earlier one is not shown
let etag = '', shown = '';
let reading = null, again = false; // the place that is being read, and whether it changed meanwhile

/** The view that the address names, and its arguments. */
function route() {
  const [name, ...rest] = location.hash.replace(/^#\/?/, '').split('/').map(decode);
  return name === 'before' ? {view: overview, rest: ['before', ...rest]} : {view: views[name] ?? null, rest};
}

function decode(text) { try { return decodeURIComponent(text); } catch { return text; } }

/** Reads again what is shown: at once, or once what is being read of it is there. */
async function refresh() {
  const place = location.hash;
  if (reading === place) { again = true; return; }
  reading = place;
  do { again = false; await read(); } while (again && reading === place);
  if (reading === place) reading = null;
}

/** Reads what is shown, and draws it if it has changed. What cannot be read leaves what is shown as it is. */
async function read() {
  const mine = ++current, {view, rest} = route(), place = location.hash;
  if (!view) return show(place, 'Not found', [el('h1', {}, 'Nothing is here'), el('p', {}, el('a', {href: '#/'}, 'Overview'))]);
  try {
    const response = await fetch(view.url(rest), {headers: shown === place && etag ? {'If-None-Match': etag} : {}});
    if (mine !== current) return;
    if (response.status === 304) return say('live');
    const body = await response.json();
    if (mine !== current) return;
    if (response.status >= 500) throw new Error(body.error);
    say('live');
    if (!response.ok) {
      etag = '';
      return show(place, 'Not found', [el('h1', {}, 'Not found'), el('p', {role: 'alert'}, body.error)]);
    }
    etag = response.headers.get('ETag') ?? '';
    show(place, view.title(body), view.draw(body));
    chain.replaceChildren(`${body.chain.network}, slot ${body.chain.slot}, ${body.chain.time}`);
  } catch (error) {
    if (mine !== current) return;
    say('lost', error);
    if (shown === place && main.querySelector('h1')) return;
    etag = '';
    show(place, 'No answer', [el('h1', {}, 'No answer'), el('p', {role: 'alert'}, `${error.message} The page tries again by itself.`)]);
  }
}

/** Draws a view. What the reader had open, where they were and what they had focused stays. */
function show(place, title, nodes) {
  document.title = `${title} – decloud`;
  const same = shown === place;
  if (same && !getSelection().isCollapsed) return; // somebody is about to copy something
  const focused = document.activeElement?.closest('[href],[data-key],button')?.outerHTML;
  const kept = same ? new Map([...main.querySelectorAll('[data-keep]')].map((n) => [n.dataset.keep, n])) : new Map();
  main.replaceChildren(...nodes.flat(Infinity).filter((n) => n !== null && n !== undefined && n !== false));
  for (const fresh of main.querySelectorAll('[data-keep]')) {
    const before = kept.get(fresh.dataset.keep);
    if (before) fresh.replaceWith(before);
  }
  if (same && focused) [...main.querySelectorAll('[href],[data-key],button')].find((n) => n.outerHTML === focused)?.focus({preventScroll: true});
  if (!same) { window.scrollTo(0, 0); if (shown !== '') main.focus({preventScroll: true}); }
  shown = place;
  for (const a of document.querySelectorAll('nav a')) {
    if (a.getAttribute('href') === (place || '#/')) a.setAttribute('aria-current', 'page');
    else a.removeAttribute('aria-current');
  }
  main.dataset.shows = place;
}

function say(state, error) {
  const text = state === 'live' ? 'Live: the page follows the chain.' : `No answer: ${error?.message ?? 'the explorer stopped'}. It tries again by itself.`;
  if (status.textContent !== text) status.textContent = text;
  status.className = state;
}

let stream = null;

/**
 * Reads again whenever the explorer says that something changed; the stream reconnects by itself. A page that nobody sees has
 * none: browsers open six connections to a server at most, for all tabs together, and the seventh tab would stay empty.
 */
function follow() {
  if (document.hidden) { stream?.close(); stream = null; return; }
  if (stream) return;
  stream = new EventSource('api/live');
  stream.onmessage = refresh;
  stream.onerror = () => {
    say('lost', new Error('the explorer is not reached'));
    if (stream?.readyState === EventSource.CLOSED) { stream = null; setTimeout(follow, 5000); } // refused: too many pages are open
  };
}

function find(event) {
  event.preventDefault();
  const text = event.target.find.value.trim();
  if (text === '') return;
  event.target.find.value = '';
  if (/^#?\d{1,20}$/.test(text)) location.hash = `#/round/${text.replace('#', '')}`;
  else if (/^[1-9A-HJ-NP-Za-km-z]{80,90}$/.test(text)) location.hash = `#/transaction/${text}`;
  else if (/^[1-9A-HJ-NP-Za-km-z]{32,44}$/.test(text)) location.hash = `#/account/${text}`;
  else location.hash = `#/run/${encodeURIComponent(text)}`;
}

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
  if (event.key === '/') { event.preventDefault(); document.getElementById('find').focus(); }
  if (event.key === 'g') location.hash = '#/';
  if (event.key === 'v') location.hash = '#/validators';
}

const themes = ['system', 'light', 'dark'];

function theme(name) {
  document.documentElement.dataset.theme = name;
  document.getElementById('theme').setAttribute('aria-label', `Colors: ${name === 'system' ? 'as the system has them' : name}`);
  try { localStorage.setItem('theme', name); } catch { /* a private window */ }
}

function stored() { try { return localStorage.getItem('theme'); } catch { return null; } }

theme(themes.includes(stored()) ? stored() : 'system');
document.getElementById('theme').addEventListener('click', () => theme(themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length]));
document.getElementById('search').addEventListener('submit', find);
document.addEventListener('keydown', keys);
window.addEventListener('hashchange', refresh);
document.addEventListener('visibilitychange', follow);
refresh();
follow();
