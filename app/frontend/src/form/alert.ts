/** The alert above the form: one sentence, perhaps a list, perhaps a way out. */
import { el } from '../shell/dom';

export interface Alert { message: string; list?: string[]; link?: { href: string; text: string }; buttons?: { text: string; act: () => void }[] }

export function alertBox(host: HTMLElement) {
  const box = el('div', { class: 'form-alert', hidden: '' });
  host.prepend(box);
  return {
    box,
    hide() { box.hidden = true; box.replaceChildren(); },
    show({ message, list = [], link, buttons = [] }: Alert, tone: 'problem' | 'info' = 'problem') {
      box.className = `form-alert form-alert-${tone}`;
      box.setAttribute('role', tone === 'problem' ? 'alert' : 'status');
      box.replaceChildren(el('p', {}, message));
      if (list.length) box.append(el('ul', {}, ...list.map((one) => el('li', {}, one))));
      if (link) box.append(el('a', { href: link.href, class: 'btn sm' }, link.text));
      for (const { text, act } of buttons) {
        const button = el('button', { type: 'button', class: 'btn sm' }, text);
        button.addEventListener('click', act);
        box.append(button);
      }
      box.hidden = false;
    },
  };
}
