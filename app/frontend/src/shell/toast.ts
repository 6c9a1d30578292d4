/** Short messages in the lower left corner: the right one belongs to the bpmn.io mark. */
import { el } from './dom';

export type Tone = 'info' | 'ok' | 'problem';

export function toast(message: string, tone: Tone = 'info', seconds = 6): void {
  const region = document.querySelector('[data-toasts]');
  if (!region) return;
  const note = el('div', { class: `note note-${tone}`, role: tone === 'problem' ? 'alert' : 'status' }, message);
  region.append(note);
  setTimeout(() => note.remove(), seconds * 1000);
}
