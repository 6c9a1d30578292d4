/**
 * form-js writes its validation messages in English inside an unexported class:
 * the service instance is wrapped, and each known sentence becomes ours.
 */
import { chinese } from '../i18n/say';

const sentences: [RegExp, (m: RegExpExecArray) => string][] = [
  [/^Field is required\.$/, () => '此项必填。'],
  [/^Field must have minimum length of (.*)\.$/, (m) => `至少输入${m[1]}个字。`],
  [/^Field must have maximum length of (.*)\.$/, (m) => `最多输入${m[1]}个字。`],
  [/^Field must have minimum value of (.*)\.$/, (m) => `不得小于${m[1]}。`],
  [/^Field must have maximum value of (.*)\.$/, (m) => `不得大于${m[1]}。`],
  [/^Field must be a valid email\.$/, () => '请输入有效的邮箱地址。'],
  [/^Field must be a valid\s+international phone number\./, () => '请输入带国家代码的电话号码，如 +8613800138000。'],
  [/^Field must match pattern .*\.$/, () => '格式不对，请核对后重填。'],
  [/^Value is not a number\.$/, () => '请输入数字。'],
  [/^Value is expected to be an integer\.$/, () => '请输入整数。'],
  [/^Value is expected to have at most (\d+) decimal digits?\.$/, (m) => `最多保留${m[1]}位小数。`],
  [/^Please select a valid value, the two nearest valid values are (.*) and (.*)\.$/, (m) => `最接近的有效值是 ${m[1]} 和 ${m[2]}。`],
];

export function translated(message: string): string {
  if (!chinese()) return message;
  for (const [pattern, words] of sentences) {
    const match = pattern.exec(message);
    if (match) return words(match);
  }
  return message;
}

function Messages(this: unknown, validator: any): void {
  for (const name of ['validateField', 'validateFieldInstance']) {
    const original = validator[name].bind(validator);
    validator[name] = (...args: unknown[]) => original(...args).map(translated);
  }
}
Messages.$inject = ['validator'];

export const messagesModule = { __init__: ['translatedMessages'], translatedMessages: ['type', Messages] };
