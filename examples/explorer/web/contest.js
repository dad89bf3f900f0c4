// A contest of data: its epochs, who beat whom in one of them, and what its miners have come to.
import {el, facts, paged, table} from './dom.js';
import {account, amount, percent} from './format.js';
import {named} from './pictures.js';
import {phase} from './overview.js';

const number = (name) => ({name, number: true});

export const contest = {
  url: (rest) => `api/contests/${rest.slice(0, 3).map(encodeURIComponent).join('/')}`,
  title: (c) => `Contest, epoch ${c.epoch}`,
  draw(c) {
    return [
      el('h1', {}, `Contest, epoch ${c.epoch}`),
      el('p', {class: 'lead'}, 'Miners submit data; what a model learns from it decides who beats whom. All of this is computed from the chain.'),
      facts([['Creator', account(c.creator)], ['Package', el('code', {}, c.package)]]),
      el('section', {}, el('h2', {}, `Submissions to epoch ${c.epoch}`), entries(c)),
      el('section', {}, el('h2', {}, 'Miners'), miners(c)),
      el('section', {}, el('h2', {}, 'Epochs'), epochs(c),
        c.missing.length ? el('p', {class: 'empty'}, `Gone, since their accounts were closed: ${gone(c.missing)}.`) : null),
    ];
  },
};

/** Where a contest is, or one of its epochs. */
export function contestOf(creator, cid, epoch) {
  return `#/contest/${[creator, cid, ...(epoch ? [epoch] : [])].map(encodeURIComponent).join('/')}`;
}

/** Millionths. */
function rate(ppm) { return percent(Math.floor(ppm / 100)); }

/** Numbers in their order, runs of them as a range. */
function gone(numbers) {
  const ranges = [];
  for (const n of numbers) {
    const last = ranges.at(-1);
    if (last && last[1] === n - 1) last[1] = n;
    else ranges.push([n, n]);
  }
  return ranges.map(([from, to]) => from === to ? `${from}` : `${from} to ${to}`).join(', ');
}

const widest = 24; // so many submissions have a column each; of more the counts alone are shown
const words = {w: 'beats', l: 'loses to', '=': 'equals'};
const signs = {w: 'yes', l: 'no', '=': '=', '-': '·'};

function entries(c) {
  const columns = c.entries.length <= widest ? c.entries.map((_, i) => number(`>${i + 1}`)) : [];
  const heads = [number('#'), 'Miner', number('Score'), number('Wins'), number('Losses'), number('Win rate'), number('Weight'), number('Share'), ...columns];
  const count = (e, letter) => [...e.pairs].filter((p) => p === letter).length;
  const row = (e) => {
    const i = c.entries.indexOf(e);
    return {key: `entry-${i}`, cells: [String(i + 1), [e.miner ? account(e.miner) : 'not known any more', e.source ? el('small', {class: 'source', title: e.source}, ` at ${e.source}`) : null],
      e.scored ? percent(e.score) : '—', ...(e.scored ? [String(count(e, 'w')), String(count(e, 'l')), rate(e.rate), e.weight] : ['—', '—', '—', '—']), el('span', {'data-amount': e.share}, amount(e.share)),
      ...columns.map((_, j) => el('span', {title: words[e.pairs[j]] ? `${i + 1} ${words[e.pairs[j]]} ${j + 1}` : null}, signs[e.pairs[j]]))]};
  };
  return [
    paged(`entries-${c.creator}-${c.package}-${c.epoch}`, 'Submissions', c.entries, 25, (some) => table('Who beat whom', heads, some.map(row), 'No submission yet.')),
    columns.length ? el('p', {class: 'empty'}, 'Under >1 it says whether the submission of the row beat that of number 1, and so on. Shares are before the fee.') : null,
  ];
}

function miners(c) {
  return paged(`miners-${c.creator}-${c.package}`, 'Miners', c.miners, 50, (some) => table('Moving averages and earnings', ['Miner', number('Average'), number('Epochs'), number('Earned, before the fee')],
    some.map((m) => ({key: `miner-${m.miner}`, cells: [account(m.miner, named(m.miner)), rate(m.average), String(m.epochs), el('span', {'data-amount': m.earned}, amount(m.earned))]})),
    'No epoch is finalized yet.'));
}

function epochs(c) {
  return paged(`epochs-${c.creator}-${c.package}`, 'Epochs', c.epochs, 50, (some) => table('Epochs, the newest first', [number('Epoch'), 'Round', 'Phase', number('Reward'), number('Base'), number('Submissions')],
    some.map((e) => ({key: `epoch-${e.number}`, class: e.number === c.epoch ? 'active' : null, cells: [el('a', {href: contestOf(c.creator, c.package, e.number), 'aria-current': e.number === c.epoch ? 'true' : null}, String(e.number)),
      el('a', {href: `#/round/${e.round}`}, `#${e.round}`), phase(e.phase), amount(e.reward), e.scored ? percent(e.base) : '—', String(e.entries)]})), ''));
}
