/** Light or dark: kept in a cookie, so that the server paints the next page right at once. */
import { say } from '../i18n/say';

export function themeToggle(): void {
  const button = document.querySelector<HTMLButtonElement>('[data-theme-toggle]');
  const root = document.documentElement;
  const label = () => {
    if (button) button.textContent = root.dataset.bsTheme === 'dark' ? say('浅色界面', 'Light theme') : say('深色界面', 'Dark theme');
  };
  label();
  button?.addEventListener('click', () => {
    root.dataset.bsTheme = root.dataset.bsTheme === 'dark' ? 'light' : 'dark';
    document.cookie = `theme=${root.dataset.bsTheme}; path=/; max-age=31536000; samesite=lax`;
    label();
  });
}
