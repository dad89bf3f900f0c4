// Validators and what they have at stake.
import {el, table} from './dom.js';
import {account, amount, until} from './format.js';

export const validators = {
  url: () => 'api/stakes',
  title: () => 'Validators',
  draw(v) {
    const heads = ['Validator', {name: 'At stake', number: true}, {name: 'Unlocking', number: true}, 'Until', {name: 'Lost so far', number: true}, 'Account'];
    return [
      el('h1', {}, 'Validators'),
      el('p', {class: 'lead'}, `${v.count} with ${amount(v.total)} at stake in all. Who scores a fair round is drawn from them by lot, by stake.`),
      table('Stakes, the largest first', heads, v.stakes.map((s) => ({key: `stake-${s.validator}`, cells: [
        account(s.validator), el('span', {'data-amount': s.amount}, amount(s.amount)), s.unlocking === '0' ? '—' : amount(s.unlocking), s.unlock_at ? until(s.unlock_at, v.chain.time) : '—', s.slashed === '0' ? '—' : amount(s.slashed), account(s.address),
      ]})), 'Nobody has anything at stake.'),
    ];
  },
};
