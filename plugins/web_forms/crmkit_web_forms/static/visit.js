/** A form on its way: sent once, with its proof of work, its mistakes read out first. */
import { sha256 } from "./sha256.js";

const form = document.querySelector("[data-form]");
const proof = form?.querySelector("[data-challenge]");
const AT_ONCE = 400;
let isSent = false;

/** The number whose hash is known; looked for in slices, so that typing stays smooth. */
async function solve({ salt, challenge, most }) {
  for (let number = 0; number <= Number(most); number += 1) {
    if (sha256(salt + number) === challenge) return number;
    if (number % AT_ONCE === 0) await new Promise((resume) => setTimeout(resume));
  }
  return null;
}

async function prove() {
  const number = await solve(proof.dataset);
  const { challenge, salt, signature } = proof.dataset;
  const said = { algorithm: "SHA-256", challenge, number, salt, signature };
  proof.value = btoa(JSON.stringify(said));
}

const proven = proof ? prove() : Promise.resolve();

form?.addEventListener("submit", async (event) => {
  if (isSent) {
    event.preventDefault();
    return;
  }
  isSent = true;
  form.querySelector("button[type=submit]").disabled = true;
  if (proof && !proof.value) {
    event.preventDefault();
    await proven;
    form.submit();
  }
});

// Back from the next page: what was typed may be corrected and sent again.
addEventListener("pageshow", () => {
  isSent = false;
  const button = form?.querySelector("button[type=submit]");
  if (button) button.disabled = false;
});

document.getElementById("said")?.focus();
