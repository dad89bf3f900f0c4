// One account, as it is on the chain.
import {el, facts} from './dom.js';
import {account as link, amount} from './format.js';
import {trail} from './trail.js';

export const account = {
  url: (rest) => `api/accounts/${encodeURIComponent(rest[0])}`,
  title: (a) => `Account ${a.address}`,
  draw(a) {
    return [
      el('h1', {}, 'Account'),
      el('p', {class: 'lead'}, el('code', {class: 'whole'}, a.address)),
      facts([['What it is', a.kind], ['Holds', a.exists ? el('span', {'data-amount': a.lamports}, amount(a.lamports)) : 'nothing'],
        ['Owner', a.exists ? link(a.owner, a.owner === '11111111111111111111111111111111' ? 'system program' : undefined) : null], ['Size', a.exists ? `${a.size} bytes` : null]]),
      a.fields.length ? el('section', {}, el('h2', {}, 'What it says'), facts(a.fields.map((f) => [f.name, linked(f)]))) : null,
      trail(a.address),
    ];
  },
};

/** The account of a score, by round, trainer (or base) and validator. */
export const score = {...account, url: (rest) => `api/rounds/${[rest[0], 'scores', rest[1], rest[2]].map((part) => encodeURIComponent(part ?? '')).join('/')}`};

/** A field's text, as a link where it names something. */
export function linked(field) {
  if (field.link === 'account') return link(field.text);
  if (field.link === 'round') return el('a', {href: `#/round/${field.text}`}, `#${field.text}`);
  return el('span', {class: 'text'}, field.text);
}
