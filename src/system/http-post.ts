import { exchange, type HttpAnswer, type HttpExchange } from "./http-exchange.js";

export type { HttpAnswer };

export interface HttpPost extends Pick<HttpExchange, "headers" | "maxBytes" | "stallMs" | "signal"> {
  body: string;
}

/** One POST. @throws as `exchange`. */
export async function post(url: URL, request: HttpPost): Promise<HttpAnswer> {
  return await exchange(url, { ...request, method: "POST" });
}
