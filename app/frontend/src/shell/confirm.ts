/** Ask before acting: `data-confirm` on a link, button or form names what will happen and to whom. */
import { say } from '../i18n/say';
import { el } from './dom';

export function confirmed(question: string, verb = say('确定', 'Confirm')): Promise<boolean> {
  const no = el('button', { class: 'btn', value: 'no', formmethod: 'dialog' }, say('取消', 'Cancel'));
  const yes = el('button', { class: 'btn primary', value: 'yes', formmethod: 'dialog' }, verb);
  const dialog = el('dialog', { class: 'ask', 'aria-label': verb },
    el('form', { method: 'dialog' }, el('p', {}, question), el('div', { class: 'ask-bar' }, no, yes)));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener('close', () => {
    dialog.remove();
    resolve(dialog.returnValue === 'yes');
  }));
}

/** What a button says, without the key that is shown beside it. */
export function wordsOf(button: HTMLElement): string {
  return [...button.childNodes].filter((each) => each.nodeName !== 'KBD').map((each) => each.textContent).join('').trim();
}

export function askBeforeSubmit(): void {
  document.addEventListener('submit', async (event) => {
    const form = event.target as HTMLFormElement;
    const submitter = (event as SubmitEvent).submitter;
    const question = submitter?.dataset.confirm ?? form.dataset.confirm;
    if (!question || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopPropagation();
    if (!(await confirmed(question, submitter ? wordsOf(submitter) : undefined))) return;
    form.dataset.confirmed = 'yes';
    form.requestSubmit(submitter);
    delete form.dataset.confirmed;
  }, true);
  document.addEventListener('htmx:confirm', async (event) => {
    const { target, question, issueRequest } = (event as CustomEvent).detail;
    const words = question ?? target?.dataset?.confirm;
    if (!words || target?.matches?.('form')) return;
    event.preventDefault();
    if (await confirmed(words)) issueRequest(true);
  });
}
