// One transaction.
import {el, facts} from './dom.js';
import {amount, time} from './format.js';
import {event} from './trail.js';

export const transaction = {
  url: (rest) => `api/transactions/${encodeURIComponent(rest[0])}`,
  title: () => 'Transaction',
  draw(t) {
    return [
      el('h1', {}, 'Transaction'),
      el('p', {class: 'lead'}, el('code', {class: 'whole'}, t.signature)),
      t.failure ? el('p', {class: 'fails'}, `It failed: ${t.failure}`) : null,
      facts([['When', time(t.time)], ['Slot', String(t.slot)], ['Fee', amount(t.fee)]]),
      el('section', {}, el('h2', {}, 'What the programs reported'), t.events.length ? t.events.map(event) : el('p', {class: 'empty'}, 'Nothing.')),
      el('section', {}, el('h2', {}, 'Logs'), el('pre', {tabindex: '0'}, t.logs.join('\n'))),
    ];
  },
};
