/**
 * The `filepicker` of our forms. form-js keeps chosen files in the browser until the form is submitted;
 * evidence must survive a lost connection, so each file is sent at once and the form's data hold
 * `[{ id, name }]`. Registered under the same type: schemas stay plain form-js.
 */
import { Errors, Label } from '@bpmn-io/form-js-viewer';
import { h } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { say } from '../i18n/say';
import { csrfToken, sentence } from '../shell/http';

export interface Attachment { id: string | number; name: string }
export interface AttachmentOptions { uploadUrl?: string; fileUrl?: string }

interface Sending { key: number; name: string; percent: number; problem?: string }

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

const extension = (name: string) => (/\.([a-z0-9]{1,5})$/i.exec(name)?.[1] ?? say('文件', 'file')).toUpperCase();

function attachmentsField(options: AttachmentOptions) {
  function Attachments(props: any) {
    const { field, domId, errors = [], disabled, readonly, onChange } = props;
    const files: Attachment[] = Array.isArray(props.value) ? props.value : [];
    const latest = useRef(files);
    latest.current = files;
    const input = useRef<HTMLInputElement>(null);
    const [sending, setSending] = useState<Sending[]>([]);
    const many = field.multiple !== false;
    const locked = disabled || readonly || !options.uploadUrl;

    const change = (next: Attachment[]) => {
      latest.current = next; // two files may arrive before the next render
      onChange({ value: next });
    };
    const patch = (key: number, more: Partial<Sending>) =>
      setSending((all) => all.map((one) => (one.key === key ? { ...one, ...more } : one)));
    const drop = (key: number) => setSending((all) => all.filter((one) => one.key !== key));

    const take = (chosen: Iterable<File>) => {
      for (const file of many ? [...chosen] : [...chosen].slice(0, 1)) {
        const key = ++counter;
        setSending((all) => [...all, { key, name: file.name, percent: 0 }]);
        upload(options.uploadUrl!, file, (percent) => patch(key, { percent })).then(
          (stored) => { drop(key); change(many ? [...latest.current, stored] : [stored]); },
          (refused) => patch(key, { problem: refused.message }),
        );
      }
    };

    const rows = files.map((file) => h('li', { key: file.id },
      h('span', { class: 'ext' }, extension(file.name)),
      options.fileUrl
        ? h('a', { class: 'file-name', href: options.fileUrl.replace('{id}', encodeURIComponent(String(file.id))) }, file.name)
        : h('span', { class: 'file-name' }, file.name),
      locked ? null : h('button', {
        type: 'button', class: 'btn text sm', 'aria-label': say(`移除 ${file.name}`, `Remove ${file.name}`),
        onClick: () => change(latest.current.filter((other) => other.id !== file.id)),
      }, say('移除', 'Remove'))));
    const onTheWay = sending.map((one) => h('li', { key: `s${one.key}`, class: one.problem ? 'file-problem' : 'file-sending' },
      h('span', { class: 'ext' }, extension(one.name)),
      h('span', { class: 'file-name' }, one.name, ' ', one.problem
        ? h('span', { class: 'late' }, one.problem)
        : h('span', { class: 'mute', role: 'status' }, say(`正在上传${one.percent}%`, `sending ${one.percent}%`))),
      one.problem ? h('button', { type: 'button', class: 'btn text sm', onClick: () => drop(one.key) }, say('知道了', 'Dismiss')) : null));

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
    files.length || sending.length ? h('ul', { class: 'files' }, rows, onTheWay) : null,
    locked ? (files.length ? null : h('p', { class: 'mute small' }, say('没有附件', 'No files'))) : h('div', { class: 'file-add' },
      h('input', {
        type: 'file', class: 'visually-hidden', id: domId, ref: input, multiple: many, accept: field.accept || undefined,
        'aria-describedby': `${domId}-error-message`,
        onChange: () => { take(input.current!.files ?? []); input.current!.value = ''; },
      }),
      h('label', { class: 'btn sm', htmlFor: domId }, say('添加文件', 'Add files')),
      h('span', { class: 'small mute' }, field.description || say('可拖入', 'or drop them here'))),
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
