/**
 * Keeps what was typed: two seconds after the last change it goes to the server; when the server cannot be
 * reached it stays on this machine, under the task's address and the person's id, and is offered next time.
 */
import { say } from '../i18n/say';
import { draftState, savedAt } from '../shell/drafts';
import { send, sentence } from '../shell/http';

const PAUSE = 2000;

export interface KeptHere { at: string; data: unknown }

export class Draft {
  private timer?: ReturnType<typeof setTimeout>;
  private sending: Promise<unknown> = Promise.resolve();
  private stopped = false;

  constructor(private host: HTMLElement, private url: string, private read: () => unknown) {
    addEventListener('online', () => this.local() && this.save());
    addEventListener('pagehide', () => this.timer && this.save({ keepalive: true }));
  }

  changed(): void {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE);
  }

  async save(options: RequestInit = {}): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const data = this.read();
    this.sending = send('PUT', this.url, { data }, options).then((answer) => {
      if (answer.status >= 200 && answer.status < 300) {
        this.forget();
        draftState(this.host, savedAt(new Date(answer.body.saved_at ?? Date.now())));
      } else {
        this.keepHere(data);
        draftState(this.host, answer.status === 0
          ? say('暂存在本机，联网后送出', 'Kept on this machine until the network is back')
          : say(`没有暂存成：${sentence(answer)}`, `Draft not kept: ${sentence(answer)}`));
      }
    });
    await this.sending;
  }

  /** Before submitting: no draft may arrive after the form itself. */
  async pause(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.sending;
  }

  resume(): void { this.stopped = false; }

  keepHere(data: unknown): void {
    try {
      localStorage.setItem(this.key, JSON.stringify({ at: new Date().toISOString(), data }));
    } catch { /* private window or full: the page itself still holds the text */ }
  }

  local(): KeptHere | null {
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? 'null');
    } catch {
      return null;
    }
  }

  forget(): void {
    try { localStorage.removeItem(this.key); } catch { /* nothing was kept */ }
  }

  private get key(): string {
    return `draft:${document.documentElement.dataset.person ?? ''}:${this.url}`;
  }
}
