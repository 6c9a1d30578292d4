/**
 * The `filepicker` of our forms. form-js keeps chosen files in the browser until the form is submitted;
 * evidence must survive a lost connection, so each file is sent at once and the form's data hold
 * `[{ id, name }]`. Registered under the same type: schemas stay plain form-js. A field for pictures shows
 * them small, and on a phone offers the camera; a file that did not arrive is kept for another try.
 */
import { Errors, Label } from '@bpmn-io/form-js-viewer';
import { h } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { say } from '../i18n/say';
import { csrfToken, sentence } from '../shell/http';

export interface Attachment { id: string | number; name: string }
export interface AttachmentOptions { uploadUrl?: string; fileUrl?: string }

interface Sending { key: number; file: File; percent: number; preview?: string; problem?: string }

let counter = 0;

/** XMLHttpRequest and not fetch: only it tells how much has been sent. */
function upload(url: string, file: File, progress: (percent: number) => void): Promise<Attachment> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.setRequestHeader('X-CSRFToken', csrfToken());
    request.setRequestHeader('Accept', 'application/json');
    request.upload.onprogress = (event) => event.lengthComputable && progress(Math.round((event.loaded / event.total) * 100));
    const refuse = () => {
      let body = {};
      try { body = JSON.parse(request.responseText); } catch { /* the status tells enough */ }
      reject(new Error(sentence({ status: request.status, body })));
    };
    request.onerror = refuse;
    request.onload = () => {
      if (request.status >= 300) return refuse();
      const { id, name } = JSON.parse(request.responseText);
      resolve({ id, name: name ?? file.name });
    };
    const form = new FormData();
    form.append('file', file);
    request.send(form);
  });
}

const pictures = (accept: unknown) => typeof accept === 'string' && accept.split(',').every((one) => one.trim().startsWith('image/'));
const isPicture = (name: string) => /\.(jpe?g|png)$/i.test(name);

const extension = (name: string) => (/\.([a-z0-9]{1,5})$/i.exec(name)?.[1] ?? say('文件', 'file')).toUpperCase();

function attachmentsField(options: AttachmentOptions) {
  function Attachments(props: any) {
    const { field, domId, errors = [], disabled, readonly, onChange } = props;
    const files: Attachment[] = Array.isArray(props.value) ? props.value : [];
    const latest = useRef(files);
    latest.current = files;
    const [sending, setSending] = useState<Sending[]>([]);
    const many = field.multiple !== false;
    const small = pictures(field.accept);
    const locked = disabled || readonly || !options.uploadUrl;

    const change = (next: Attachment[]) => {
      latest.current = next; // two files may arrive before the next render
      onChange({ value: next });
    };
    const patch = (key: number, more: Partial<Sending>) =>
      setSending((all) => all.map((one) => (one.key === key ? { ...one, ...more } : one)));
    const drop = ({ key, preview }: Sending) => {
      setSending((all) => all.filter((one) => one.key !== key));
      if (preview) URL.revokeObjectURL(preview);
    };

    const send = (one: Sending) => {
      patch(one.key, { percent: 0, problem: undefined });
      upload(options.uploadUrl!, one.file, (percent) => patch(one.key, { percent })).then(
        (stored) => { drop(one); change(many ? [...latest.current, stored] : [stored]); },
        (refused) => patch(one.key, { problem: refused.message }),
      );
    };
    const take = (chosen: Iterable<File>) => {
      for (const file of many ? [...chosen] : [...chosen].slice(0, 1)) {
        const one = { key: ++counter, file, percent: 0, preview: small && isPicture(file.name) ? URL.createObjectURL(file) : undefined };
        setSending((all) => [...all, one]);
        send(one);
      }
    };

    const address = (file: Attachment) => options.fileUrl?.replace('{id}', encodeURIComponent(String(file.id)));
    const mark = (name: string, picture?: string) => (picture && isPicture(name)
      ? h('img', { class: 'thumb', src: picture, alt: '', loading: 'lazy' }) : h('span', { class: 'ext', 'aria-hidden': 'true' }, extension(name)));
    const rows = files.map((file) => h('li', { key: file.id },
      address(file)
        ? h('a', { class: 'file-name', href: address(file), target: isPicture(file.name) ? '_blank' : undefined },
          mark(file.name, small ? address(file) : undefined), h('span', {}, file.name))
        : h('span', { class: 'file-name' }, mark(file.name), h('span', {}, file.name)),
      locked ? null : h('button', {
        type: 'button', class: 'btn text sm', 'aria-label': say(`移除 ${file.name}`, `Remove ${file.name}`),
        onClick: () => change(latest.current.filter((other) => other.id !== file.id)),
      }, say('移除', 'Remove'))));
    const onTheWay = sending.map((one) => h('li', { key: `s${one.key}`, class: one.problem ? 'file-problem' : 'file-sending' },
      h('span', { class: 'file-name' }, mark(one.file.name, one.preview), h('span', {}, one.file.name, ' ', one.problem
        ? h('span', { class: 'late' }, one.problem)
        : h('span', { class: 'mute', role: 'status' }, say(`正在上传${one.percent}%`, `sending ${one.percent}%`)))),
      one.problem ? h('span', { class: 'nowrap' },
        h('button', { type: 'button', class: 'btn text sm', onClick: () => send(one) }, say('重试', 'Try again')),
        h('button', { type: 'button', class: 'btn text sm', onClick: () => drop(one) }, say('不要了', 'Drop'))) : null));
    const chooser = (id: string, label: string, more: Record<string, unknown> = {}) => [
      h('input', {
        type: 'file', class: 'visually-hidden', id, accept: field.accept || undefined, 'aria-describedby': `${domId}-error-message`,
        onChange: (event: Event) => {
          const input = event.target as HTMLInputElement;
          take([...(input.files ?? [])]);
          input.value = '';
        },
        ...more,
      }),
      h('label', { class: `btn sm${more.capture ? ' camera' : ''}`, htmlFor: id }, label)];

    return h('div', {
      class: `fjs-form-field fjs-form-field-attachments${errors.length ? ' fjs-has-errors' : ''}${disabled ? ' fjs-disabled' : ''}`,
      onDragOver: (event: DragEvent) => !locked && event.preventDefault(),
      onDrop: (event: DragEvent) => {
        if (locked || !event.dataTransfer?.files.length) return;
        event.preventDefault();
        take(event.dataTransfer.files);
      },
    },
    h(Label as any, { htmlFor: domId, label: field.label, required: field.validate?.required }),
    files.length || sending.length ? h('ul', { class: small ? 'files photos' : 'files' }, rows, onTheWay) : null,
    locked ? (files.length ? null : h('p', { class: 'mute small' }, say('没有附件', 'No files'))) : h('div', { class: 'file-add' },
      small ? chooser(`${domId}-camera`, say('拍照', 'Take a photo'), { capture: 'environment' }) : null,
      chooser(domId, small ? say('选择照片', 'Choose photos') : say('添加文件', 'Add files'), { multiple: many }),
      h('span', { class: 'small mute' }, field.description || h('span', { class: 'drop-hint' }, say('可拖入', 'or drop them here')))),
    h(Errors as any, { id: `${domId}-error-message`, errors }));
  }
  Attachments.config = {
    type: 'filepicker', keyed: true, name: 'Attachments', group: 'basic-input', emptyValue: [],
    sanitizeValue: ({ value }: { value: unknown }) => (Array.isArray(value) ? value : []),
    create: (defaults = {}) => ({ ...defaults }),
  };
  return Attachments;
}

export function attachmentsModule(options: AttachmentOptions) {
  function Registered(this: unknown, formFields: any): void {
    formFields.register('filepicker', attachmentsField(options));
  }
  Registered.$inject = ['formFields'];
  return { __init__: ['attachments'], attachments: ['type', Registered] };
}
