// Two people who write to each other, and one who is not meant: each with Firebase's own client.
// Prints one line of JSON: how long each message took from its answer to the listener, and what was
// heard and refused.

import { createRequire } from "node:module";
import { randomBytes } from "node:crypto";

const told = JSON.parse(process.argv[2]);
const require = createRequire(told.node);
const { initializeApp } = require("firebase/app");
const {
  connectAuthEmulator, getAuth, signInWithCustomToken, signInWithEmailAndPassword,
} = require("firebase/auth");
const firestore = require("firebase/firestore");

const PATIENCE = 120_000;
const [host, port] = told.firestore.split(":");

async function signedIn(uid, pass) {
  const name = pass ? "listener" : uid;
  const app = initializeApp({ apiKey: "any", projectId: told.project }, name);
  const auth = getAuth(app);
  connectAuthEmulator(auth, `http://${told.auth}`, { disableWarnings: true });
  const db = firestore.getFirestore(app);
  firestore.connectFirestoreEmulator(db, host, Number(port));
  const { user } = await (pass
    ? signInWithCustomToken(auth, pass)
    : signInWithEmailAndPassword(auth, `${uid}@example.com`, `password of ${uid}`));
  return { uid, db, token: await user.getIdToken() };
}

function newId() {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const path = `conversations/${told.conversation}`;

async function say(who, text) {
  const answer = await fetch(`${told.api}/api/v1/${path}/messages`, {
    method: "POST",
    headers: { Authorization: `Bearer ${who.token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ id: newId(), text }),
  });
  const accepted = performance.now();
  const said = await answer.json();
  if (answer.status !== 201) throw new Error(JSON.stringify(said));
  return { seq: said.data.seq, accepted };
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(what, name) {
  const late = performance.now() + PATIENCE;
  while (!what()) {
    if (performance.now() > late) throw new Error(`never: ${name}`);
    await pause(2);
  }
}

const newest = (db) => firestore.query(
  firestore.collection(db, `${path}/messages`),
  firestore.orderBy("seq", "desc"),
  firestore.limit(50),
);
const tried = (attempt) => attempt.then(() => "done", (error) => error.code);

const [writer, reader, stranger] = await Promise.all(told.people.map((uid) => signedIn(uid)));

// Where nobody may listen yet the document is on its way: it is written a second after the opening.
await (async () => {
  const late = performance.now() + PATIENCE;
  while ((await tried(firestore.getDoc(firestore.doc(reader.db, path)))) !== "done") {
    if (performance.now() > late) throw new Error("never: the conversation");
    await pause(100);
  }
})();

const seen = new Map();
const shown = [];
let listens = false;
firestore.onSnapshot(newest(reader.db), (found) => {
  const now = performance.now();
  listens = true;
  for (const { type, doc } of found.docChanges()) {
    const { seq, text } = doc.data();
    if (type === "added" && !seen.has(seq)) {
      seen.set(seq, now);
      shown.push([seq, text]);
    }
  }
});

// A page shows what there is before anybody types. On a busy machine the emulator has left out what
// was written in the very moment in which it began to listen.
await until(() => listens, "the listener");
for (let number = 0; number < told.warm; number += 1) {
  const { seq } = await say(writer, `first ${number}`);
  await until(() => seen.has(seq), `message ${seq}`);
}
const took = [];
for (let number = 0; number < told.messages; number += 1) {
  const { seq, accepted } = await say(writer, `n ${number}`);
  await until(() => seen.has(seq), `message ${seq}`);
  took.push(Math.max(0, seen.get(seq) - accepted));
}

const typing = { expires_at: firestore.Timestamp.fromMillis(Date.now() + 20_000) };
let typists = [];
const all = firestore.query(firestore.collection(reader.db, `${path}/typing`), firestore.limit(10));
firestore.onSnapshot(all, (found) => {
  typists = found.docs.map((each) => each.id);
});
await firestore.setDoc(firestore.doc(writer.db, `${path}/typing/${writer.uid}`), typing);
await until(() => typists.includes(writer.uid), "typing");

const refused = {
  conversation: await tried(firestore.getDoc(firestore.doc(stranger.db, path))),
  messages: await tried(firestore.getDocs(newest(stranger.db))),
  message: await tried(firestore.getDoc(firestore.doc(stranger.db, `${path}/messages/1`))),
  typing: await tried(
    firestore.setDoc(firestore.doc(stranger.db, `${path}/typing/${stranger.uid}`), typing),
  ),
  forged: await tried(
    firestore.setDoc(firestore.doc(writer.db, `${path}/messages/99`), { seq: 99, text: "forged" }),
  ),
};

const listener = await signedIn(writer.uid, told.pass);
const asked = await fetch(`${told.api}/api/v1/conversations`, {
  headers: { Authorization: `Bearer ${listener.token}` },
});
const listened = {
  messages: await tried(firestore.getDocs(newest(listener.db))),
  inbox: await tried(firestore.getDoc(firestore.doc(listener.db, `inboxes/${writer.uid}`))),
  other: await tried(firestore.getDoc(firestore.doc(listener.db, "conversations/other"))),
  api: asked.status,
};
console.log(JSON.stringify({
  listened, took, shown, typists, refused,
}));
process.exit(0);
