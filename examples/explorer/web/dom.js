// Elements from data. Texts only ever become text nodes: what strangers wrote on the chain is never markup.

/** el('td', {class: 'x'}, 'text', el('b', {}, …)): null and false are left out. */
export function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same for pictures. */
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? '' : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
  return node;
}

/** A table with a caption; cells are texts, nodes or {sort, node}. It scrolls by itself where the window is narrow. */
export function table(caption, heads, rows, empty) {
  if (rows.length === 0) return el('p', {class: 'empty'}, empty);
  return el('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption},
    el('table', {},
      el('caption', {}, caption),
      el('thead', {}, el('tr', {}, heads.map((h) => el('th', {scope: 'col', class: h.number ? 'number' : null}, h.name ?? h)))),
      el('tbody', {}, rows.map((row) => el('tr', {'data-key': row.key, class: row.class}, row.cells.map((cell, i) =>
        el('td', {class: heads[i].number ? 'number' : null}, cell)))))));
}

const pages = new Map(); // which page of a long table the reader is at, by key

/**
 * A long table, a page at a time: draw(rows) makes the table of those that are shown. Where the reader is stays when the view is
 * drawn anew.
 */
export function paged(key, name, rows, size, draw) {
  if (rows.length <= size) return draw(rows);
  const last = Math.ceil(rows.length / size) - 1, shown = el('div'), where = el('span', {role: 'status'});
  const step = (by, text) => el('button', {type: 'button', 'aria-label': `${name}: ${text}`, onclick: () => turn((pages.get(key) ?? 0) + by)}, text);
  const back = step(-1, 'previous'), on = step(1, 'next');
  const turn = (to) => {
    const at = Math.min(Math.max(to, 0), last);
    if (pages.size > 100) pages.clear();
    pages.set(key, at);
    shown.replaceChildren(draw(rows.slice(at * size, (at + 1) * size)));
    where.textContent = `${at * size + 1} to ${Math.min(rows.length, (at + 1) * size)} of ${rows.length}`;
    // Not disabled: that would take the focus from who turns pages by keyboard.
    back.setAttribute('aria-disabled', at === 0);
    on.setAttribute('aria-disabled', at === last);
  };
  turn(pages.get(key) ?? 0);
  return el('div', {}, shown, el('p', {class: 'pages'}, back, where, on));
}

/** Names and values. */
export function facts(pairs) {
  return el('dl', {class: 'facts'}, pairs.filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));
}
