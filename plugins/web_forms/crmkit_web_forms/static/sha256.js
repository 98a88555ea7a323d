/** SHA-256 of a text of ASCII, as hexadecimal digits (FIPS 180-4). Browsers have their own only where the page came by https. */
const K = [];
const START = [];

for (let number = 2; K.length < 64; number += 1) {
  let isPrime = true;
  for (let part = 2; part * part <= number; part += 1) isPrime &&= number % part !== 0;
  if (!isPrime) continue;
  if (START.length < 8) START.push(fraction(Math.sqrt(number)));
  K.push(fraction(Math.cbrt(number)));
}

function fraction(value) {
  return ((value - Math.floor(value)) * 2 ** 32) | 0;
}

function turn(word, by) {
  return (word >>> by) | (word << (32 - by));
}

function padded(text) {
  const blocks = new Int32Array((((text.length + 8) >> 6) + 1) * 16);
  for (let at = 0; at < text.length; at += 1) blocks[at >> 2] |= text.charCodeAt(at) << (24 - (at % 4) * 8);
  blocks[text.length >> 2] |= 0x80 << (24 - (text.length % 4) * 8);
  blocks[blocks.length - 1] = text.length * 8;
  return blocks;
}

export function sha256(text) {
  const blocks = padded(text);
  const hash = [...START];
  const w = new Int32Array(64);
  for (let from = 0; from < blocks.length; from += 16) {
    let [a, b, c, d, e, f, g, h] = hash;
    for (let i = 0; i < 64; i += 1) {
      if (i < 16) w[i] = blocks[from + i];
      else {
        const s0 = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ (w[i - 15] >>> 3);
        const s1 = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ (w[i - 2] >>> 10);
        w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
      }
      const t1 = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => { hash[i] = (hash[i] + value) | 0; });
  }
  return hash.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}
