/** When a draft was kept: `<span data-draft-state data-draft-saved="2026-10-16T06:02:00Z">`. */
import { clockTime, say } from '../i18n/say';

export function draftState(host: Element, text: string): void {
  const inScope = host.closest('[data-form-scope]')?.querySelectorAll('[data-draft-state]');
  const places = inScope?.length ? inScope : document.querySelectorAll('[data-draft-state]');
  for (const place of places) place.textContent = text;
}

export const savedAt = (moment: Date) => say(`已暂存 ${clockTime(moment)}`, `Draft kept ${clockTime(moment)}`);

/** Fill in what the server knew when it sent the page. */
export function serverDrafts(): void {
  for (const place of document.querySelectorAll<HTMLElement>('[data-draft-saved]')) {
    const moment = new Date(place.dataset.draftSaved ?? '');
    if (!Number.isNaN(moment.getTime())) place.textContent = savedAt(moment);
  }
}
