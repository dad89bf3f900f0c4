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

/** Names and values. */
export function facts(pairs) {
  return el('dl', {class: 'facts'}, pairs.filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));
}
