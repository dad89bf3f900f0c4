// One run: its members, its verifiers, its treasury, its models.
import {el, facts, paged, table} from './dom.js';
import {account, amount, percent, short, time, until} from './format.js';
import {accuracies, flow} from './pictures.js';
import {phase} from './overview.js';
import {trail} from './trail.js';

export const run = {
  // A browser takes . and .. out of a path, however they are written.
  url: ([id]) => /^\.{1,2}$/.test(id) ? `api/runs?id=${id}` : `api/runs/${encodeURIComponent(id)}`,
  title: (r) => `Run ${r.id}`,
  draw(r) {
    return [
      el('h1', {}, `Run ${r.name || r.id} `, phase(r.state)),
      r.description ? el('p', {class: 'lead'}, r.description) : null,
      el('p', {class: 'lead'}, `Epoch ${r.epoch}, round ${r.round}, step ${r.step} of ${r.total_steps}`, r.phase ? `, ${r.phase}` : '', r.phase_ends ? (r.phase_ends > r.chain.time ? `, ends ${until(r.phase_ends, r.chain.time)} at most` : ', a tick is due') : '', '.',
        r.failed_rounds ? ` ${r.failed_rounds} rounds came to nothing.` : ''),
      el('progress', {max: r.total_steps, value: r.step, 'aria-label': 'steps done'}),
      el('section', {}, el('h2', {}, 'Where the money is'), r.money ? flow(r.money) : el('p', {class: 'empty'}, 'This run counts points and pays nothing.')),
      el('section', {}, el('h2', {}, 'Accuracy'), curve(r)),
      el('section', {}, el('h2', {}, 'Members'), members(r)),
      el('section', {}, el('h2', {}, 'Verifiers of this round'), verifiers(r)),
      el('section', {}, el('h2', {}, 'Terms'), facts([['Authority', account(r.authority)], ['Account', account(r.address)], ['Tokens of the mint', r.unit.mint ? account(r.unit.mint) : null], ['Package', r.package ? el('code', {}, r.package) : null],
        ['Model', r.model ? el('code', {}, short(r.model)) : 'none yet'], ['Ends', r.ends_at ? time(r.ends_at) : null], ...r.terms.map((t) => [t.name, t.value])])),
      trail(r.address),
    ];
  },
};

function curve(r) {
  if (r.verification !== 'vote') {
    return el('p', {class: 'empty'}, 'Witnesses agree on models and do not measure them: no accuracy is on the chain. Measure one with run live --accuracy.');
  }
  return accuracies((r.accuracy ?? []).map((p) => ({accuracy: p.accuracy, name: `round ${p.round}`})), null, 'Median that the voters measured, by round')
    ?? el('p', {class: 'empty'}, 'No vote was revealed yet.');
}

function members(r) {
  const number = (name) => ({name, number: true});
  const pays = r.treasury !== 'points';
  const unit = (text) => amount(text, r.unit), orNone = (text) => text === '0' ? '—' : unit(text);
  return paged(`members-${r.id}`, 'Members', r.slots, 50, (some) => table('Members in their slots', [number('Slot'), 'Wallet', 'Status', 'In this round', number('Counted'), number('Rejected'), number('Earned'), number('Taken of it'), number('To claim'), number('Stake'), number('To be slashed')],
    some.map((s) => ({key: `slot-${s.slot}`, cells: [String(s.slot), account(s.wallet), phase(s.status), s.role || '—', String(s.included), String(s.rejected),
      el('span', {'data-amount': s.earned}, unit(s.earned)), orNone(s.slashed), pays ? unit(s.due) : '—', pays ? unit(s.stake) : '—', orNone(s.slash_due)]})), 'Nobody has joined yet.'));
}

function verifiers(r) {
  const number = (name) => ({name, number: true});
  return table('Verifiers', [number('Slot'), 'Wallet', 'Done', 'Model', number('Updates'), number('Accuracy')],
    r.verifiers.map((v) => ({key: `verifier-${v.slot}`, cells: [String(v.slot), account(v.wallet), v.done, v.model ? el('code', {}, short(v.model)) : '—', v.model ? String(v.included) : '—', v.accuracy ? percent(v.accuracy) : '—']})),
    'None is drawn now.');
}
