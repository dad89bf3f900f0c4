// Writes the ELFs of the SPL Token and the Associated Token Account program, which npm litesvm brings along, into a directory:
// node token.js DIRECTORY. Two token programs have been deployed at the one address: SPL Token 3.5.0, and p-token, its
// faster replacement. Each gets a directory of its own. Nothing is written unless all are the expected bytes.
"use strict";
const { createHash } = require("node:crypto");
const { mkdirSync, writeFileSync } = require("node:fs");
const { dirname, join } = require("node:path");
const { LiteSvm, FeatureSet } = require("litesvm-linux-x64-gnu");

const tokenID = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";
const associatedID = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL";
const pTokenFeature = "ptokFjwyJtrwCa9Kgo9xoDS59V4QccBGEaRFnRPnSdP";

const associated = [associatedID, "6804554e69fd3a58caa191dc4a58f4c67223d30ca28ab8987f39fc18d2f7374d"];
const wanted = {
  "spl-token-3.5.0/token.so": [tokenID, "7b44674b9704fa7640fbebfac68389f338b500b8c2bc29175c27ed66838b5a3c"],
  "spl-token-3.5.0/associated_token.so": associated,
  "p-token/token.so": [tokenID, "53e587eee80c786bcfba1450397d92179a0f01def776d19fb4ddf690d64431cc"],
  "p-token/associated_token.so": associated,
};

function base58(text) {
  const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  let n = 0n;
  for (const c of text) n = n * 58n + BigInt(alphabet.indexOf(c));
  return Buffer.from(n.toString(16).padStart(64, "0"), "hex");
}

// elf reads a program's code, also where it is behind the upgradeable loader.
function elf(svm, id) {
  const program = Buffer.from(svm.getAccount(base58(id)).data());
  if (program.length !== 36) return program;
  return Buffer.from(svm.getAccount(program.subarray(4)).data()).subarray(45);
}

function chain(pToken) {
  const features = FeatureSet.allEnabled();
  if (!pToken) features.deactivate(base58(pTokenFeature));
  const svm = new LiteSvm();
  svm.setFeatureSet(features);
  svm.setDefaultPrograms();
  return svm;
}

const chains = { "spl-token-3.5.0": chain(false), "p-token": chain(true) };
const files = Object.entries(wanted).map(([name, [id, sum]]) => {
  const code = elf(chains[dirname(name)], id);
  const got = createHash("sha256").update(code).digest("hex");
  if (got !== sum) throw new Error(`${name}: sha256 is ${got}, expected ${sum}`);
  return [name, code];
});
for (const [name, code] of files) {
  const path = join(process.argv[2], name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, code);
}
