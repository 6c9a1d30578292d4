/** Our own words: Chinese first, English when the page is English. */
export const chinese = () => document.documentElement.lang.startsWith('zh');

export const say = (zh: string, en: string) => (chinese() ? zh : en);

/** `14:02` in the college's zone, whatever the machine's zone is. */
export function clockTime(moment: Date): string {
  return new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Shanghai' }).format(moment);
}
