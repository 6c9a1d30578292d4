/**
 * A list with a pane at its side (`[data-pane]`): the first click on a row selects it, and what it shows comes
 * into the pane; the selected row's link, `o` and Enter open the page. Where there is no room for the pane,
 * the whole row is the link.
 */
import { selectRow } from './keyboard';

export function sidePane(): void {
  document.addEventListener('click', (event) => {
    const target = event.target as HTMLElement;
    const row = target.closest<HTMLElement>('[data-row]');
    if (!row || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = row.querySelector<HTMLAnchorElement>('[data-row-open]');
    if (!link || target.closest('button, input, select, label, a:not([data-row-open])')) return;
    const byMouse = event.detail > 0; // the keyboard's click on a link has no count
    if (paneIsShown() && byMouse && row.getAttribute('aria-selected') !== 'true') {
      event.preventDefault();
      selectRow(row);
    } else if (!target.closest('a') && (!paneIsShown() || event.detail > 1)) {
      location.assign(link.href);
    }
  });
}

const paneIsShown = () => !!document.querySelector<HTMLElement>('[data-pane]')?.offsetParent;
