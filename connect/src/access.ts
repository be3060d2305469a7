/**
 * What may a key read?  Asks the service, and says what came of it; nothing of the key is kept.
 */

/** What a column holds; as `GET /api/v1/access` names it. */
export type ColumnType = "text" | "uuid" | "instant" | "date" | "integer" | "number" | "boolean";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  readonly description: string;
}

export interface Table {
  readonly name: string;
  readonly path: string;
  readonly resource: string;
  readonly title: string;
  readonly description: string;
  readonly columns: readonly Column[];
}

export interface Access {
  readonly company: string;
  readonly timezone: string;
  readonly key: string;
  readonly expires_at: string | null;
  readonly resources: readonly string[];
  readonly sites: readonly { readonly id: string; readonly name: string }[];
  readonly tables: readonly Table[];
}

export type Answer =
  | { readonly kind: "granted"; readonly access: Access }
  | { readonly kind: "refused" }
  | { readonly kind: "failed"; readonly sentence: string };

/** An aborted question rejects; whatever else happens is an answer. */
export async function askAccess(base: string, key: string, signal: AbortSignal): Promise<Answer> {
  let response: Response;
  try {
    response = await request(`${base}/api/v1/access`, key, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    return { kind: "failed", sentence: UNREACHABLE };
  }
  if (response.status === 401) return { kind: "refused" };
  if (!response.ok) return { kind: "failed", sentence: await explainStatus(response) };
  const access = await readJson(response);
  return isAccess(access) ? { kind: "granted", access } : { kind: "failed", sentence: STRANGER };
}

/** Without the browser's own credentials: a key that is refused must not open its login box. */
export function request(url: string, key: string, signal: AbortSignal): Promise<Response> {
  return fetch(url, { headers: { Authorization: `Bearer ${key}` }, credentials: "omit", cache: "no-store", signal });
}

export const UNREACHABLE =
  "The server does not answer. Is it running, and is this computer still connected to the plant's network?";
const STRANGER = "Something else than Nexshift answered. Ask IT whether a proxy stands in between.";

/** What to do about an answer that is neither a success nor a refusal of the key. */
export async function explainStatus(response: Response): Promise<string> {
  const { status } = response;
  const wait = `Try again ${inSeconds(response.headers.get("Retry-After"))}.`;
  if (status === 429) return `Too many requests. ${wait}`;
  const body = await readJson(response);
  const said = isRecord(body) && typeof body["error"] === "string" ? body["error"] : undefined;
  if (status === 503 && said !== undefined) return response.headers.has("Retry-After") ? `${said}. ${wait}` : `${said}.`;
  if (status === 502 || status === 503 || status === 504) return `The server is not ready. ${wait} Nothing is lost.`;
  return `The server answered with an error (${status}).${said === undefined ? "" : ` It says: ${said}`}`;
}

function inSeconds(retryAfter: string | null): string {
  const seconds = Number(retryAfter);
  return seconds > 0 ? `in ${seconds} second${seconds === 1 ? "" : "s"}` : "in a minute";
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isAccess(value: unknown): value is Access {
  return isRecord(value) && typeof value["company"] === "string" && Array.isArray(value["tables"]);
}
