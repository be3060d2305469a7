/**
 * Why is a key refused?  What can be said from its form alone; the server says no more than that it is no good.
 */

const PREFIX = "nxs_";
/** Of a whole key: the prefix, 32 random letters and 7 that check them. */
export const KEY_LENGTH = 43;
const CHECKED_LENGTH = 36;
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const QUOTES = "\"'`´‘’‚“”„«»‹›";

/** What stands around a key when it is copied out of a sentence, a file or a header. */
const AROUND = new RegExp(`^(?:authorization:)?[\\s${QUOTES}]*(?:bearer|basic|key:|key=)?[\\s${QUOTES}]+|[\\s${QUOTES},;.]+$`, "giu");

export interface Explanation {
  readonly sentence: string;
  /** The key as it was probably meant. */
  readonly proposal?: string;
}

/** Whether a browser can send the text in a header. */
export function canBeSent(text: string): boolean {
  return /^[\x21-\x7e\x80-\xff](?:[\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?$/.test(text);
}

export function isWellFormed(text: string): boolean {
  return text.length === KEY_LENGTH && text.startsWith(PREFIX) && isFreeOfOddLetters(text) && hasItsChecksum(text);
}

/** What is likely wrong with a key that was refused. */
export function explain(pasted: string): Explanation {
  const sentence = findFault(pasted.trim());
  const meant = pasted.replace(AROUND, "").replace(AROUND, "").replace(/\s+/g, "");
  const proposal = [meant, meant.toLowerCase()].find((text) => text !== pasted.trim() && isWellFormed(text));
  return proposal === undefined ? { sentence } : { sentence, proposal };
}

function findFault(text: string): string {
  const first = text.charAt(0);
  if (QUOTES.includes(first) || QUOTES.includes(text.slice(-1))) {
    return "There are quotation marks around the key. Paste it without them.";
  }
  const scheme = /^(?:authorization:\s*)?(bearer|basic)\b/i.exec(text);
  if (scheme) {
    return `“${scheme[1]}” stands in front of the key. Paste the key alone; it begins with ${PREFIX}.`;
  }
  if (/\s/.test(text)) {
    return "There is a space or a line break inside the key. It is one word of letters and digits.";
  }
  if (/[*•●·…]|\.{2,}|x{6,}/i.test(text)) {
    return (
      "Part of the key is hidden behind dots or stars. A key is shown in full only once, when it is made;" +
      " whoever made it can make another."
    );
  }
  if (!text.startsWith(PREFIX)) {
    return text.toLowerCase().startsWith(PREFIX)
      ? "The key has capital letters. Keys are written in small letters only."
      : `A key begins with ${PREFIX}, and this does not. It may be the key's name or number, or be meant for another program.`;
  }
  if (text.length !== KEY_LENGTH) {
    const what = text.length < KEY_LENGTH ? "Its end is missing." : "Something else was pasted with it.";
    return `The key has ${text.length} characters, and a whole one has ${KEY_LENGTH}. ${what}`;
  }
  if (!isFreeOfOddLetters(text)) {
    return "The key has a character that no key contains (capitals, i, l, o, u or a sign). Copy it instead of typing it.";
  }
  if (!hasItsChecksum(text)) {
    return "At least one character of the key is not as it was made. Copy it instead of typing it.";
  }
  return (
    "The key is whole, but this server does not take it: it was revoked or replaced, has expired, or belongs to" +
    " another server."
  );
}

function isFreeOfOddLetters(text: string): boolean {
  return [...text.slice(PREFIX.length)].every((letter) => ALPHABET.includes(letter));
}

/** The last seven letters are the CRC-32 of all before them. */
function hasItsChecksum(text: string): boolean {
  let crc = 0xffffffff;
  for (const letter of text.slice(0, CHECKED_LENGTH)) {
    crc ^= letter.charCodeAt(0);
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
  }
  let rest = (crc ^ 0xffffffff) >>> 0;
  let checksum = "";
  while (checksum.length < KEY_LENGTH - CHECKED_LENGTH) {
    checksum = ALPHABET.charAt(rest % 32) + checksum;
    rest = Math.floor(rest / 32);
  }
  return text.slice(CHECKED_LENGTH) === checksum;
}
