/** Every page: the look, htmx, the keyboard, menus, theme and messages. Islands have their own entries. */
import '@tabler/core/dist/css/tabler.css';
import './css/tokens.css';
import './css/shell.css';
import './css/parts.css';
import './css/pages.css';
import './css/rooms.css';
import './css/mails.css';
import './css/overview.css';
import './css/subject.css';
import './css/results.css';
import './css/goals.css';
import './css/print.css';
import htmx from 'htmx.org';
import { say } from './i18n/say';
import { askBeforeSubmit } from './shell/confirm';
import { serverDrafts } from './shell/drafts';
import { plainForms } from './shell/forms';
import { csrfToken } from './shell/http';
import { grids } from './shell/grid';
import { keyboard } from './shell/keyboard';
import { menus } from './shell/menus';
import { sidePane } from './shell/pane';
import { themeToggle } from './shell/theme';
import { toast } from './shell/toast';

// The content security policy forbids eval and injected style elements.
htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;

document.addEventListener('htmx:configRequest', (event) => {
  (event as CustomEvent).detail.headers['X-CSRFToken'] = csrfToken();
});
document.addEventListener('htmx:responseError', (event) => {
  toast(messageOf((event as CustomEvent).detail.xhr), 'problem', 10);
});
document.addEventListener('htmx:sendError', () => {
  toast(say('网络不通，请稍后再试。', 'No connection. Try again later.'), 'problem');
});
document.addEventListener('app:toast', (event) => {
  const { message, tone } = (event as CustomEvent).detail;
  toast(message, tone);
});

function messageOf(xhr: XMLHttpRequest): string {
  try {
    return JSON.parse(xhr.responseText).message;
  } catch {
    return say(`没有办成（${xhr.status}），请稍后再试。`, `That did not work (${xhr.status}). Try again later.`);
  }
}

document.querySelector('.top nav [aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' });
askBeforeSubmit();
grids();
keyboard();
menus();
plainForms();
sidePane();
themeToggle();
serverDrafts();
