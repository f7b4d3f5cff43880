// Stands for the command `model_signing` 1.1.1: `--version`, and `verify` with a key, in its words. Of Sigstore, which needs the
// internet, it knows only that the certificate names an identity and its provider.
import { createHash, createPublicKey, verify } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

const [verb, method, ...rest] = process.argv.slice(2);
const flags = Object.fromEntries(
  rest.filter((argument) => argument.startsWith('--')).map((argument) => /^--([^=]+)=(.*)$/s.exec(argument).slice(1)),
);
const model = rest.find((argument) => !argument.startsWith('--'));
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

if (verb === '--version') {
  console.log('model_signing, version 1.1.1');
} else {
  try {
    check(JSON.parse(fs.readFileSync(flags.signature, 'utf8')));
    console.log('Verification succeeded');
  } catch (error) {
    console.error(`Verification failed with error: ${error.message}`);
    process.exitCode = 1;
  }
}

function check({ verificationMaterial: { publicKey, identity }, dsseEnvelope: { payload, payloadType, signatures } }) {
  const statement = Buffer.from(payload, 'base64');
  if (method === 'sigstore') {
    if (identity !== `${flags.identity} ${flags.identity_provider}`) throw new Error("Certificate's SANs do not match");
  } else {
    const key = createPublicKey(fs.readFileSync(flags.public_key));
    if (publicKey.hint !== sha256(key.export({ type: 'spki', format: 'pem' })))
      throw new Error(
        "Key mismatch: The public key hash in the signature's verification material does not match the provided public key. ",
      );
    const signed = Buffer.concat([
      Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${statement.length} `),
      statement,
    ]);
    if (!verify('sha256', signed, key, Buffer.from(signatures[0].sig, 'base64'))) throw new Error('');
  }
  const { serialization, resources } = JSON.parse(statement.toString()).predicate;
  const ignored = new Set([...serialization.ignore_paths, '.git', '.github', '.gitattributes', '.gitignore']);
  const actual = Object.fromEntries(
    fs
      .readdirSync(model, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(model, path.join(entry.parentPath, entry.name)))
      .filter((name) => !ignored.has(name) && !ignored.has(name.split('/')[0]))
      .map((name) => [name, sha256(fs.readFileSync(path.join(model, name)))]),
  );
  const expected = Object.fromEntries(resources.map(({ name, digest }) => [name, digest]));
  const list = (words, names) => (names.length > 0 ? [`"${words} in model 'files': ${names.sort().join(', ')}"`] : []);
  const differences = [
    ...list(
      'Extra files found',
      Object.keys(actual).filter((name) => !(name in expected)),
    ),
    ...list(
      'Missing files',
      Object.keys(expected).filter((name) => !(name in actual)),
    ),
    ...Object.keys(expected)
      .filter((name) => name in actual && actual[name] !== expected[name])
      .map((name, index) => mismatch(name, index % 2 === 0)),
  ];
  if (differences.length > 0) throw new Error(`Signature mismatch: [${differences.join(', ')}]`);
}

/** As Python prints it: in double quotes, or in single ones with escapes where a digest holds a double quote. */
function mismatch(name, plain) {
  const message = `Hash mismatch for '${name}': Expected 'Digest(algorithm='sha256', digest_value=b'\\x01)')', Actual 'Digest(algorithm='sha256', digest_value=b'\\x02${plain ? '' : '"'}')'`;
  return plain ? `"${message}"` : `'${message.replaceAll("'", "\\'")}'`;
}
