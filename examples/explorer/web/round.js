// One round: its way, its scores, its money.
import {el, facts, paged, table} from './dom.js';
import {account, amount, gain, percent, stars, time, until} from './format.js';
import {accuracies, flow, named, timeline} from './pictures.js';
import {phase} from './overview.js';
import {contestOf} from './contest.js';
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
      r.task === 'data' ? el('p', {class: 'lead'}, 'A round of data: texts or samples are submitted, not weights. ',
        r.epoch ? el('a', {href: contestOf(r.creator, r.model_cid, r.epoch)}, `Epoch ${r.epoch} of a contest`) : 'It is no epoch of a contest.') : null,
      timeline(r.timeline, r.chain.time),
      el('section', {}, el('h2', {}, 'Where the money is'), r.money ? flow(r.money)
        : el('p', {class: 'empty'}, 'The accounts that would tell were closed to take their rent back. The transactions below have what was paid.')),
      el('section', {}, el('h2', {}, 'Accuracy'), accuracies(points(r), scored(r.base) ? r.base.consensus : null, 'Submissions in the order of time, by their consensus'), scores(r)),
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

/** Whether there are scores, not commitments alone. */
function scored(s) { return /[sox]/.test(s.marks); }

function points(r) {
  return r.submissions.filter(scored).map((s) => ({accuracy: s.consensus, name: named(s.trainer)}));
}

/** Base and submissions by validators: 25 submissions at a time, since there may be 255 with two dozen scores each. */
function scores(r) {
  const heads = ['Model', {name: 'Consensus', number: true}, {name: 'Gain', number: true}, ...r.validators.map((v) => ({name: account(v), number: true})), 'Submitted', 'Rating'];
  const row = (s) => ({key: `subject-${s.trainer ?? 'base'}`, cells: [
    s.trainer ? [account(s.address, `by ${named(s.trainer)}`), s.source ? el('small', {class: 'source', title: s.source}, ` at ${s.source}`) : null] : 'base',
    scored(s) ? [percent(s.consensus), s.quorum ? '' : ' (no quorum yet)'] : '—', s.trainer ? gain(s.improvement) : '—',
    ...r.validators.map((v, i) => score(s.marks[i], s.scores[i], `#/score/${r.id}/${s.trainer ?? 'base'}/${v}`)), s.submitted ? time(s.submitted) : '—', s.trainer ? stars(s.stars) : '—',
  ]});
  return paged(`scores-${r.id}`, 'Scores', r.submissions, 25, (some) => table('Scores by validators', heads.map(copy), [r.base, ...some].map(row), ''));
}

/** Heads hold nodes, and a node is in one place: another page of the table has its own. */
function copy(head) { return head.name instanceof Node ? {...head, name: head.name.cloneNode(true)} : head; }

const notes = {o: ' outlier', x: ' slashed'};

function score(mark, accuracy, href) {
  if (mark === '-') return '';
  if (mark === 'c') return el('a', {class: 'pending', href}, 'committed');
  const note = notes[mark] ?? '';
  return el('a', {class: `score${note}`, href}, percent(accuracy), note ? el('small', {}, note) : null);
}

function payouts(r) {
  if (r.incomplete) return el('p', {class: 'empty'}, 'Accounts of this round were closed to take their rent back: the shares are no longer known.');
  const heads = ['Who', 'For', {name: 'Accuracy', number: true}, {name: 'Gain', number: true}, {name: 'Net', number: true}, {name: 'Fee', number: true}, 'Claimed'];
  const row = (p) => ({key: `payout-${p.role}-${p.claimant}`, cells: [
    account(p.claimant), [p.role, p.shares > 1 ? `, ${p.shares} scores` : '', p.outliers ? el('small', {}, p.shares > 1 ? ` ${p.outliers} outliers: forfeited` : ' outlier: forfeited') : null],
    p.accuracy ? percent(p.accuracy) : '—', gain(p.improvement), el('span', {'data-amount': p.net}, amount(p.net)), amount(p.fee), claimed(p),
  ]});
  return paged(`payouts-${r.id}`, 'Shares', r.payouts, 50, (some) => table('Shares of the reward', heads, some.map(row), 'Nobody has a share yet.'));
}

function claimed(p) {
  if (p.claimed === p.shares) return 'yes';
  return p.claimed ? `${p.claimed} of ${p.shares}` : 'not yet';
}
