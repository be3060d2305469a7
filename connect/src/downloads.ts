/**
 * How does a file get to the reader's disk?  What the page makes itself, and tables that are fetched with the key.
 */

import { explainStatus, request, UNREACHABLE } from "./access";

export function saveFile(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // the browser may still be asking where to put it
}

/**
 * A table as a file, with the key in a header and so in no address, history or log.  `onProgress` is told the bytes
 * so far.  Returns the sentence of a failure, or nothing; an aborted fetch is none.
 */
export async function fetchFile(
  url: string,
  name: string,
  key: string,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<string | undefined> {
  try {
    const response = await request(url, key, signal);
    if (response.status === 401) return "The server no longer takes the key. Check it again above.";
    if (!response.ok) return await explainStatus(response);
    saveFile(await collect(response, onProgress), name);
    return undefined;
  } catch {
    return signal.aborted ? undefined : UNREACHABLE;
  }
}

/** Counted on its way into a blob, which browsers keep on disk when it is large. */
function collect(response: Response, onProgress: (bytes: number) => void): Promise<Blob> {
  if (!response.body) return response.blob();
  let bytes = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      onProgress(bytes);
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(counter), { headers: response.headers }).blob();
}

/** "12.3 MB" */
export function formatSize(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
