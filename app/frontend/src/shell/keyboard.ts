/** j/k move through `[data-row]`, o opens, / searches, ? helps; `data-key="a"` gives any button a letter. */
import { isTyping } from './dom';

const rows = () => [...document.querySelectorAll<HTMLElement>('[data-row]')].filter((row) => row.offsetParent !== null);

function current(list: HTMLElement[]): number {
  return list.findIndex((row) => row.getAttribute('aria-selected') === 'true');
}

export function selectRow(row: HTMLElement): void {
  for (const other of document.querySelectorAll('[data-row][aria-selected=true]')) other.removeAttribute('aria-selected');
  row.setAttribute('aria-selected', 'true');
  const link = row.querySelector<HTMLElement>('[data-row-open], a[href]');
  link?.focus({ preventScroll: true });
  row.scrollIntoView({ block: 'nearest' });
  row.dispatchEvent(new CustomEvent('row:selected', { bubbles: true }));
}

function move(step: 1 | -1): void {
  const list = rows();
  if (!list.length) return;
  const at = current(list);
  selectRow(list[at < 0 ? 0 : Math.min(Math.max(at + step, 0), list.length - 1)]);
}

function open(): void {
  const list = rows();
  list[current(list)]?.querySelector<HTMLElement>('[data-row-open], a[href]')?.click();
}

export function keyboard(): void {
  const help = document.querySelector<HTMLDialogElement>('[data-help]');
  document.addEventListener('click', (event) => {
    if ((event.target as HTMLElement).closest('[data-help-open]')) help?.showModal();
  });
  document.addEventListener('keydown', (event) => {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
    const commands: Record<string, () => void> = {
      j: () => move(1), k: () => move(-1), o: open, '?': () => help?.showModal(),
      '/': () => document.querySelector<HTMLInputElement>('[data-search]')?.focus(),
    };
    const button = /^[a-z]$/.test(event.key)
      ? [...document.querySelectorAll<HTMLElement>(`[data-key="${event.key}"]`)].find((node) => node.offsetParent !== null)
      : undefined;
    const command = commands[event.key] ?? (button && (() => button.click()));
    if (!command) return;
    event.preventDefault();
    command();
  });
}
