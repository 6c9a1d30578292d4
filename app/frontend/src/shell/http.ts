/** The page's way to the server: JSON, the CSRF header, and an answer that never throws for a status. */
import { say } from '../i18n/say';

export interface Answer {
  status: number; // 0: the network did not answer
  body: any;
}

export const csrfToken = () => document.querySelector<HTMLMetaElement>('meta[name=csrf-token]')?.content ?? '';

export const ownHeaders = () => ({ 'X-CSRFToken': csrfToken(), Accept: 'application/json' });

export async function send(method: string, url: string, json?: unknown, options: RequestInit = {}): Promise<Answer> {
  const headers: Record<string, string> = ownHeaders();
  if (json !== undefined) headers['Content-Type'] = 'application/json';
  try {
    const response = await fetch(url, {
      method, headers, body: json === undefined ? undefined : JSON.stringify(json), credentials: 'same-origin', ...options,
    });
    return { status: response.status, body: await readJson(response) };
  } catch {
    return { status: 0, body: {} };
  }
}

async function readJson(response: Response): Promise<any> {
  try {
    return (await response.json()) ?? {};
  } catch {
    return {};
  }
}

/** The sentence for the reader: the server's own, or one for the status. */
export function sentence(answer: Answer): string {
  if (answer.body?.message) return String(answer.body.message);
  if (answer.status === 0) return say('网络不通，内容已留在本机，恢复后再试。', 'No connection. Your text is kept on this machine; try again later.');
  if (answer.status === 401) return say('登录已过期，请重新登录后再试。', 'Your session has ended. Sign in and try again.');
  if (answer.status === 403) return say('这一步不由您办理。', 'This step is not yours to do.');
  if (answer.status === 413) return say('文件太大。', 'The file is too large.');
  return say(`服务器出错（${answer.status}），内容仍在页面上，请稍后再试。`, `The server failed (${answer.status}). Your text is still here; try again later.`);
}

/** Go to an address of this site only. */
export function goTo(url: string): void {
  const target = new URL(url, location.href);
  if (target.origin === location.origin) location.assign(target.href);
}
