// Transactions about an account. They are read on request: each is a call to the node.
import {el} from './dom.js';
import {amount, time, transaction} from './format.js';
import {linked} from './account.js';

export function trail(address) {
  const list = el('div', {});
  const button = el('button', {type: 'button', 'data-key': `trail-${address}`, onclick: () => more(address, '', list, button)}, 'Show the transactions');
  return el('section', {class: 'trail', 'data-keep': `trail-${address}`}, el('h2', {}, 'Transactions'), list, button);
}

async function more(address, before, list, button) {
  button.disabled = true;
  try {
    const response = await fetch(`api/trail/${address}${before ? `?before=${before}` : ''}`);
    const body = await response.json();
    if (!response.ok) throw new Error(body.error);
    list.append(...body.entries.map(entry));
    if (body.entries.length === 0 && !before) list.append(el('p', {class: 'empty'}, 'The node has none.'));
    if (body.older) {
      const next = el('button', {type: 'button', onclick: () => more(address, body.older, list, next)}, 'Older ones');
      button.replaceWith(next);
    } else {
      button.remove();
    }
  } catch (error) {
    button.disabled = false;
    list.append(el('p', {class: 'fails', role: 'alert'}, `They cannot be read: ${error.message}`));
  }
}

export function entry(e) {
  return el('article', {class: 'entry'},
    el('p', {}, transaction(e.signature), ' ', time(e.time), ` · slot ${e.slot} · fee ${amount(e.fee)}`),
    e.events.length === 0 ? el('p', {class: 'empty'}, 'The programs reported nothing.') : e.events.map(event));
}

export function event(e) {
  return el('details', {}, el('summary', {}, e.name), el('dl', {class: 'facts'}, e.fields.map((f) => el('div', {}, el('dt', {}, f.name), el('dd', {}, linked(f))))));
}
