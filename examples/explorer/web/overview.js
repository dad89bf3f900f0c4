// The first page: rounds and runs.
import {el, table} from './dom.js';
import {account, amount, percent, until} from './format.js';

export const overview = {
  url: (rest) => `api/overview${rest[0] === 'before' ? `?before=${encodeURIComponent(rest[1])}` : ''}`,
  title: () => 'Overview',
  draw(o) {
    return [
      el('h1', {}, 'Rounds and runs'),
      el('p', {class: 'lead'}, 'Models that strangers improve, and what they are paid for it. ',
        `${o.round_count} ${o.round_count === 1 ? 'round' : 'rounds'} and ${o.run_count} ${o.run_count === 1 ? 'run' : 'runs'} so far.`),
      o.chain.round_program ? el('section', {}, el('h2', {}, 'Rounds'), rounds(o)) : null,
      o.chain.run_program ? el('section', {}, el('h2', {}, 'Runs'), runs(o)) : null,
    ];
  },
};

function rounds(o) {
  const heads = ['Round', 'Phase', 'Kind', 'Data set', {name: 'Reward', number: true}, {name: 'Base', number: true}, {name: 'Submissions', number: true}, 'Creator', 'Next'];
  return [
    table('The newest rounds', heads, o.rounds.map((r) => ({key: `round-${r.id}`, class: r.active ? 'active' : null, cells: [
      el('a', {href: `#/round/${r.id}`}, `#${r.id}`), phase(r.phase), r.task === 'data' ? `${r.kind}, data` : r.kind, r.dataset, amount(r.reward),
      r.base_scores >= r.base_quorum ? percent(r.base_accuracy) : `${r.base_scores} of ${r.base_quorum} scores`, String(r.gradients), account(r.creator),
      r.next_at ? until(r.next_at, o.chain.time) : '—',
    ]})), 'No round yet. Whoever has a model opens one: creator launch -m model.pt -d Mnist -r 0.5'),
    o.older === null ? null : el('p', {}, el('a', {href: `#/before/${o.older}`}, 'Older rounds')),
  ];
}

function runs(o) {
  const heads = ['Run', 'State', 'Verified', {name: 'Epoch', number: true}, {name: 'Step', number: true}, {name: 'Members', number: true}, {name: 'Pool', number: true}, {name: 'Paid', number: true}];
  return table('Runs', heads, o.runs.map((r) => ({key: `run-${r.id}`, class: r.active ? 'active' : null, cells: [
    el('a', {href: `#/run/${encodeURIComponent(r.id)}`}, r.name || r.id), phase(r.state), r.verification, String(r.epoch), `${r.step} of ${r.total_steps}`,
    String(r.members), amount(r.pool, r.treasury), amount(r.paid, r.treasury),
  ]})), 'No run yet. An authority creates one: run create-run --help');
}

export function phase(name) { return el('span', {class: `phase ${name.toLowerCase()}`}, name); }
