// Numbers and names as people read them. Amounts come as texts of integers and stay exact.
import {el} from './dom.js';

// What amounts are of, by the kind of a treasury. A mint's decimals are not known from the kind.
const units = {SOL: {name: 'SOL', decimals: 9}, points: {name: 'points', decimals: 0}, SPL: {name: 'base units', decimals: 0}};

/** A number of the smallest unit: {name, decimals}, or the kind of a treasury. */
export function amount(text, unit = 'SOL') {
  const {name, decimals} = units[unit] ?? unit;
  const digits = String(text).padStart(decimals + 1, '0'), at = digits.length - decimals;
  const rest = digits.slice(at).replace(/0+$/, '');
  return `${group(digits.slice(0, at))}${rest ? `.${rest}` : ''} ${name}`;
}

function group(digits) { return String(digits).replace(/\B(?=(\d{3})+$)/g, '\u202f'); }

/** Hundredths of a percent. */
export function percent(hundredths) { return `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')} %`; }

export function gain(hundredths) { return hundredths > 0 ? `+${percent(hundredths)}` : '—'; }

export function stars(hundredths) { return hundredths ? `${(hundredths / 100).toFixed(2)} ★` : '—'; }

const moments = new Intl.DateTimeFormat([], {dateStyle: 'medium', timeStyle: 'medium'}); // made once, which takes a while

/** A time in the reader's own zone, by the chain's clock. */
export function time(text) {
  if (!text) return '—';
  return el('time', {datetime: text, title: text}, moments.format(new Date(text)));
}

/** How far off a time is by the chain's clock. */
export function until(text, now) {
  if (!text) return '—';
  let seconds = Math.round((Date.parse(text) - Date.parse(now)) / 1000);
  const past = seconds < 0;
  seconds = Math.abs(seconds);
  const units = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  const at = Math.max(0, units.findIndex(([size]) => seconds >= size));
  let words = `${Math.floor(seconds / units[at][0])} ${units[at][1]}`;
  if (at < 3 && seconds >= units[at][0]) {
    const small = Math.floor((seconds % units[at][0]) / units[at + 1][0]);
    if (small) words += ` ${small} ${units[at + 1][1]}`;
  }
  if (seconds === 0) words = '0 s';
  return past ? `${words} ago` : `in ${words}`;
}

/** A link to an account, shortened to what tells it apart. */
export function account(address, name) {
  if (!address) return '—';
  return el('a', {class: 'key', href: `#/account/${address}`, title: address}, name ?? short(address));
}

export function transaction(signature) {
  return el('a', {class: 'key', href: `#/transaction/${signature}`, title: signature}, short(signature));
}

export function short(text) { return text.length > 12 ? `${text.slice(0, 4)}…${text.slice(-4)}` : text; }
