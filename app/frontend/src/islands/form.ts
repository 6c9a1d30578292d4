/**
 * A form-js form in the page. The buttons live outside, anywhere in the same `[data-form-scope]`:
 * `<button data-form-action="approve" data-extra='{"version": 3}' data-confirm="...">`.
 */
import { Form } from '@bpmn-io/form-js-viewer';
import '@bpmn-io/form-js-viewer/dist/assets/form-js.css';
import flatpickr from 'flatpickr';
// @ts-expect-error: typed only in the other build of the same file
import { Mandarin } from 'flatpickr/dist/esm/l10n/zh.js';
import '../css/form.css';
import { alertBox } from '../form/alert';
import { attachmentsModule } from '../form/attachments';
import { Draft } from '../form/draft';
import { messagesModule } from '../form/messages';
import { focusFirst, showAtFields, toMend } from '../form/problems';
import { prepared } from '../form/schema';
import { chinese, clockTime, say } from '../i18n/say';
import { confirmed, wordsOf } from '../shell/confirm';
import { el } from '../shell/dom';
import { goTo, send, sentence, type Answer } from '../shell/http';

if (chinese()) flatpickr.localize(Mandarin);

const parsed = (text: string | undefined) => JSON.parse(text || '{}');

export async function mount(host: HTMLElement): Promise<void> {
  const { schema, data, submitUrl, draftUrl, uploadUrl, fileUrl } = host.dataset;
  const readOnly = host.dataset.readonly === 'true';
  const scope = host.closest<HTMLElement>('[data-form-scope]') ?? document.body;
  const alert = alertBox(host);
  const canvas = host.appendChild(el('div', { class: 'form-canvas' }));
  const options: ConstructorParameters<typeof Form>[0] & { debounce: boolean } = {
    container: canvas,
    debounce: false, // while form-js waits, any other change would paint the old value over what is being typed
    properties: readOnly ? { readOnly: true } : {},
    additionalModules: [messagesModule, attachmentsModule({ uploadUrl, fileUrl })],
  };
  const form: any = new Form(options);
  await form.importSchema(prepared(parsed(schema)), parsed(data));
  await painted(); // until then form-js may still write its first values over what is typed
  await painted();
  if (readOnly) {
    host.dataset.ready = 'true';
    return;
  }

  const typed = () => form._getState().data; // everything, hidden fields too: a draft loses nothing
  const draft = draftUrl ? new Draft(host, draftUrl, typed) : null;
  watchChanges(form, () => draft?.changed());
  if (draft) offerLocal(draft);

  function offerLocal(kept: Draft): void {
    const local = kept.local();
    if (!local) return;
    const at = clockTime(new Date(local.at));
    alert.show({
      message: say(`本机留有${at}未送出的内容。`, `Text from ${at} on this machine was never sent.`),
      buttons: [
        { text: say('恢复', 'Restore'), act: () => form.importSchema(prepared(parsed(schema)), local.data).then(() => { alert.hide(); kept.changed(); }) },
        { text: say('丢弃', 'Discard'), act: () => { kept.forget(); alert.hide(); } },
      ],
    }, 'info');
  }

  scope.addEventListener('click', (event) => {
    const button = (event.target as HTMLElement).closest<HTMLButtonElement>('[data-form-action]');
    if (!button || button.closest('[data-form-scope]') !== (host.closest('[data-form-scope]') ?? null)) return;
    event.preventDefault();
    void act(button);
  });
  host.dataset.ready = 'true';

  async function act(button: HTMLButtonElement): Promise<void> {
    const checks = !button.hasAttribute('data-novalidate');
    clearExtras(scope);
    if (host.querySelector('.file-sending')) {
      alert.show({ message: say('还有文件正在上传，传完后再提交。', 'Files are still being sent; hand in when they have arrived.') });
      alert.box.scrollIntoView({ block: 'center' });
      return;
    }
    if (checks && Object.keys(form.validate()).length) {
      await painted();
      alert.show({ message: toMend(focusFirst(host)) });
      return;
    }
    if (button.dataset.confirm && !(await confirmed(button.dataset.confirm, wordsOf(button)))) return;
    const working = busy(scope, button);
    await draft?.pause();
    const body = { ...parsed(button.dataset.extra), ...extras(scope), action: button.dataset.formAction, data: form._getSubmitData() };
    const answer = await send('POST', submitUrl ?? location.href, body);
    if (answer.status >= 200 && answer.status < 300) {
      draft?.forget();
      if (answer.body.redirect) return goTo(answer.body.redirect);
      working.done();
      draft?.resume();
      alert.hide();
      document.dispatchEvent(new CustomEvent('app:toast', { detail: { message: answer.body.message ?? say('已办理', 'Done'), tone: 'ok' } }));
      host.dispatchEvent(new CustomEvent('form:done', { bubbles: true, detail: answer.body }));
      return;
    }
    working.done();
    draft?.resume();
    await refuse(answer);
  }

  async function refuse(answer: Answer): Promise<void> {
    if (answer.status === 0 || answer.status === 409) draft?.keepHere(typed());
    if (answer.status === 409) {
      alert.show({ message: sentence(answer), link: { href: location.href, text: say('载入最新状态', 'Load the present state') } });
    } else if (answer.status === 422) {
      const rest = showAtExtras(scope, showAtFields(form, answer.body.problems ?? {}));
      await painted();
      const count = focusFirst(host);
      alert.show({ message: [sentence(answer), toMend(count)].filter(Boolean).join(say('', ' ')), list: Object.values(rest) });
      if (!count) alert.box.scrollIntoView({ block: 'center' });
      return;
    } else {
      alert.show({ message: sentence(answer) });
    }
    alert.box.scrollIntoView({ block: 'center' });
  }
}

/** form-js renders in the next frame. */
const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));

/** form-js fires "changed" for messages as well as for values: compare the values. */
function watchChanges(form: any, act: () => void): void {
  let before = JSON.stringify(form._getState().data);
  form.on('changed', () => {
    const now = JSON.stringify(form._getState().data);
    if (now === before) return;
    before = now;
    act();
  });
}

function busy(scope: HTMLElement, button: HTMLButtonElement) {
  const buttons = [...scope.querySelectorAll<HTMLButtonElement>('[data-form-action]')].filter((one) => !one.disabled);
  for (const one of buttons) one.disabled = true;
  button.setAttribute('aria-busy', 'true');
  return {
    done() {
      for (const one of buttons) one.disabled = false;
      button.removeAttribute('aria-busy');
    },
  };
}

/** Fields outside the form, such as the opinion: `<textarea data-extra-field="opinion">`. */
const extraFields = (scope: HTMLElement) => [...scope.querySelectorAll<HTMLInputElement>('[data-extra-field]')];

const extras = (scope: HTMLElement) => Object.fromEntries(extraFields(scope)
  .filter((field) => !['radio', 'checkbox'].includes(field.type) || field.checked)
  .map((field) => [field.dataset.extraField!, field.value]));

function clearExtras(scope: HTMLElement): void {
  for (const note of scope.querySelectorAll('.extra-problem')) note.remove();
  for (const field of extraFields(scope)) field.removeAttribute('aria-invalid');
}

function showAtExtras(scope: HTMLElement, problems: Record<string, string>): Record<string, string> {
  const rest = { ...problems };
  for (const field of extraFields(scope)) {
    const message = rest[field.dataset.extraField!];
    if (!message) continue;
    field.setAttribute('aria-invalid', 'true');
    field.after(el('p', { class: 'extra-problem late small' }, message));
    field.focus();
    delete rest[field.dataset.extraField!];
  }
  return rest;
}
