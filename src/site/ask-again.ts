import type { WebAccess } from "../web/ask-web.js";
import { keepAnswer, readKeptAnswer } from "../store/site-answers.js";
import { askWeb, type WebAnswer, type WebRequest } from "../web/ask-web.js";

/**
 * Requests an address, and says what it sent before: if that has not changed, it is not sent again.
 * @returns status 200 with the kept body, too.
 * @throws EdenError as `askWeb`.
 */
export async function askAgain(
  access: WebAccess & { storageRoot: string },
  asked: URL,
  request: Omit<WebRequest, "known">,
): Promise<WebAnswer> {
  const { storageRoot } = access;
  const kept = readKeptAnswer(storageRoot, asked.href);
  const known = kept !== null && kept.body.length <= request.maxBytes ? kept : null;
  const answer = await askWeb(access, asked, { ...request, known });
  const { url, status, validators, body } = answer;
  if (status === 304 && known?.url === url.href) return { ...answer, status: 200, body: known.body };
  if (status === 200) keepAnswer(storageRoot, { asked: asked.href, url: url.href, ...validators, body });
  return answer;
}
