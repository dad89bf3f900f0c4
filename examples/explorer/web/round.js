// One round: its way, its scores, its money.
import {el, facts, table} from './dom.js';
import {account, amount, gain, percent, stars, time, until} from './format.js';
import {accuracies, flow, named, timeline} from './pictures.js';
import {phase} from './overview.js';
import {trail} from './trail.js';

export const round = {
  url: (rest) => `api/rounds/${encodeURIComponent(rest[0])}`,
  title: (r) => `Round ${r.id}`,
  draw(r) {
    if (r.phase === 'foreign') {
      return [el('h1', {}, `Round #${r.id}`), el('p', {}, 'Another version of the program wrote this round: it can be read by that version only. ', account(r.address, 'Its account'))];
    }
    return [
      el('h1', {}, `Round #${r.id} `, phase(r.phase)),
      el('p', {class: 'lead'}, story(r)),
      timeline(r.timeline, r.chain.time),
      el('section', {}, el('h2', {}, 'Where the money is'), r.money ? flow(r.money)
        : el('p', {class: 'empty'}, 'The accounts that would tell were closed to take their rent back. The transactions below have what was paid.')),
      el('section', {}, el('h2', {}, 'Accuracy'), accuracies(points(r), r.base.scores.length ? r.base.consensus : null, 'Submissions in the order of time, by their consensus'), scores(r)),
      el('section', {}, el('h2', {}, r.final ? 'Payouts' : 'Payouts, as things stand'), payouts(r)),
      el('section', {}, el('h2', {}, 'Terms'), facts([['Reward', amount(r.reward)], ['Data set', r.dataset], ['Kind', kinds[r.kind]], ['Creator', account(r.creator)],
        ['Account', account(r.address)], ['Model', el('code', {}, r.model_cid)], ['Created', time(r.created)], ...r.terms.map((t) => [t.name, t.value])])),
      trail(r.address),
    ];
  },
};

const kinds = {
  open: 'open: submissions and scores are public at once',
  fair: 'fair',
  sealed: 'fair: submissions are secret until all are in',
};

function story(r) {
  const what = {
    waiting: 'waits for scores of the base model, or for submissions to open',
    training: 'takes submissions',
    full: 'has as many submissions as it can have',
    validating: 'takes no more submissions; validators score those that are there',
    expired: 'got no submission, and takes none any more',
    overdue: 'is over its deadline: anybody may finalize it',
    finalized: 'is finalized: rewards can be claimed',
    cancelled: 'was taken back by its creator',
  }[r.phase] ?? 'is in a phase that this page does not know';
  return [`${amount(r.reward)} for improving a model about ${r.dataset}. The round ${what}`, r.next_at ? `; next step ${until(r.next_at, r.chain.time)}.` : '.'];
}

function points(r) {
  return r.submissions.filter((s) => s.scores.some((v) => !v.committed)).map((s) => ({accuracy: s.consensus, name: named(s.trainer)}));
}

/** Base and submissions by validators. */
function scores(r) {
  const heads = ['Model', {name: 'Consensus', number: true}, {name: 'Gain', number: true}, ...r.validators.map((v) => ({name: account(v), number: true})), 'Submitted', 'Rating'];
  const row = (s, name) => ({key: `subject-${s.trainer ?? 'base'}`, cells: [
    name, s.scores.some((v) => !v.committed) ? [percent(s.consensus), s.quorum ? '' : ' (no quorum yet)'] : '—', s.trainer ? gain(s.improvement) : '—',
    ...r.validators.map((v) => score(s.scores.find((one) => one.validator === v))), s.submitted ? time(s.submitted) : '—', s.trainer ? stars(s.stars) : '—',
  ]});
  return table('Scores by validators', heads, [row(r.base, 'base'), ...r.submissions.map((s) => row(s, [account(s.address, `by ${named(s.trainer)}`), s.source ? el('small', {class: 'source', title: s.source}, ` at ${s.source}`) : null]))], '');
}

function score(one) {
  if (!one) return '';
  if (one.committed) return el('a', {class: 'pending', href: `#/account/${one.address}`}, 'committed');
  const note = one.slashed ? ' slashed' : one.outlier ? ' outlier' : '';
  return el('a', {class: `score${note}`, href: `#/account/${one.address}`}, percent(one.accuracy), note ? el('small', {}, note) : null);
}

function payouts(r) {
  if (r.incomplete) return el('p', {class: 'empty'}, 'Accounts of this round were closed to take their rent back: the shares are no longer known.');
  const heads = ['Who', 'For', {name: 'Accuracy', number: true}, {name: 'Gain', number: true}, {name: 'Net', number: true}, {name: 'Fee', number: true}, 'Claimed'];
  return table('Shares of the reward', heads, r.payouts.map((p) => ({key: `payout-${p.role}-${p.claimant}-${p.subject ?? ''}`, cells: [
    account(p.claimant), [p.role, p.subject ? [', ', account(p.subject)] : null, p.outlier ? el('small', {}, ' outlier: forfeited') : null],
    percent(p.accuracy), p.role === 'trainer' ? gain(p.improvement) : '—', el('span', {'data-amount': p.net}, amount(p.net)), amount(p.fee), p.claimed ? 'yes' : 'not yet',
  ]})), 'Nobody has a share yet.');
}
