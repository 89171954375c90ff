// The product's VOPRF (RFC 9497, ristretto255-SHA512) and that of @noble/curves as each other's other side.
//   node voprf.mjs HELPER     HELPER: the program of tests/support/voprf_lines.c
// Prints how many batches went well each way, or throws.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes, webcrypto } from 'node:crypto';
import { createInterface } from 'node:readline';

globalThis.crypto ??= webcrypto; // not there by itself in the Node.js of Debian 12
const { ristretto255_oprf } = await import('@noble/curves/ed25519.js');
const theirs = ristretto255_oprf.voprf;

const helper = spawn(process.argv[2], { stdio: ['pipe', 'pipe', 'inherit'] });
const answers = createInterface({ input: helper.stdout })[Symbol.asyncIterator]();
const hex = (bytes) => Buffer.from(bytes).toString('hex') || '-';
const bytes = (text) => Uint8Array.from(Buffer.from(text, 'hex'));

// One line to the product and one back: values, or where it refused.
async function ours(word, ...values) {
  helper.stdin.write(`${[word, ...values.map(hex)].join(' ')}\n`);
  const [verdict, ...rest] = String((await answers.next()).value).split(' ');
  assert.ok(verdict === 'ok' || verdict === 'refused', verdict);
  return verdict === 'ok' ? rest.map(bytes) : rest[0];
}

const swapped = ([first, second, ...rest]) => [second, first, ...rest];

// They blind and finish, the product evaluates and proves.
async function weEvaluate(key, inputs) {
  const blinded = inputs.map((input) => theirs.blind(input));
  const [proof, ...evaluated] = await ours('evaluate', key.secretKey, key.publicKey, randomBytes(64),
    ...blinded.map((each) => each.blinded));
  const items = (values) => inputs.map((input, i) => ({ input, ...blinded[i], evaluated: values[i] }));
  if (inputs.length > 1) assert.throws(() => theirs.finalizeBatch(items(swapped(evaluated)), key.publicKey, proof));
  return theirs.finalizeBatch(items(evaluated), key.publicKey, proof);
}

// The product blinds and finishes, they evaluate and prove.
async function theyEvaluate(key, inputs) {
  const blinded = [];
  for (const input of inputs) blinded.push(await ours('blind', input, randomBytes(64)));
  const { evaluated, proof } = theirs.blindEvaluateBatch(key.secretKey, key.publicKey, blinded.map((each) => each[1]));
  const finish = (values) => ours('finalize', key.publicKey, proof,
    ...inputs.flatMap((input, i) => [input, ...blinded[i], values[i]]));
  if (inputs.length > 1) assert.equal(await finish(swapped(evaluated)), '/bewijs');
  return finish(evaluated);
}

let batches = 0;
for (const size of [1, 2, 3, 8, 64]) {
  for (let round = 0; round < 3; round++) {
    const [seed, info] = [randomBytes(32), randomBytes(17 * round)].map((each) => Uint8Array.from(each));
    const key = theirs.deriveKeyPair(seed, info);
    assert.deepEqual(await ours('key', seed, info), [key.secretKey, key.publicKey]);
    const inputs = Array.from({ length: size }, (_, i) => Uint8Array.from(randomBytes(i % 40)));
    const expected = inputs.map((input) => theirs.evaluate(key.secretKey, input));
    assert.deepEqual(await weEvaluate(key, inputs), expected);
    assert.deepEqual(await theyEvaluate(key, inputs), expected);
    for (const [i, input] of inputs.entries()) {
      assert.deepEqual(await ours('own', key.secretKey, key.publicKey, input), [expected[i]]);
    }
    batches += 1;
  }
}
helper.stdin.end();
assert.equal(await new Promise((resolve) => { helper.once('exit', resolve); }), 0);
console.log(`${batches} batches both ways`);
