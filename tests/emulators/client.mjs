// An app on Firebase's own client: signs in, listens, calls our API, and tries what it may not.
// Prints a line of JSON for each thing that it sees.

import { createRequire } from "node:module";

const told = JSON.parse(process.argv[2]);
const require = createRequire(told.node);
const { initializeApp } = require("firebase/app");
const { connectAuthEmulator, getAuth, signInWithEmailAndPassword } = require("firebase/auth");
const firestore = require("firebase/firestore");

const say = (seen) => console.log(JSON.stringify(seen));

const app = initializeApp({ apiKey: "any", projectId: told.project });
const auth = getAuth(app);
connectAuthEmulator(auth, told.auth, { disableWarnings: true });
const db = firestore.getFirestore(app);
const [host, port] = told.firestore.split(":");
firestore.connectFirestoreEmulator(db, host, Number(port));
const at = (path) => firestore.doc(db, path);

const { user } = await signInWithEmailAndPassword(auth, told.email, told.password);
say({ signed_in: user.uid });
const token = await user.getIdToken();

// Resolves with the first document at `path` that `wanted` accepts, or with how it is refused.
const heard = (path, wanted) =>
  new Promise((resolve) => {
    const stop = firestore.onSnapshot(
      at(path),
      (seen) => {
        if (seen.exists() && wanted(seen.data())) {
          stop();
          resolve(seen.data());
        }
      },
      (error) => resolve(error.code),
    );
  });

const tried = (attempt) => attempt.then(() => "done", (error) => error.code);

const mine = `inboxes/${user.uid}`;
const before = await heard(mine, () => true);
say({ before });
const after = heard(mine, (inbox) => inbox.unread < before.unread);
const unread = before.newest.find((card) => card.read_at === null);
const answer = await fetch(`${told.api}/api/v1/notifications/${unread.id}`, {
  method: "PATCH",
  headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
  body: JSON.stringify({ read: true }),
});
say({ read: unread.id, answered: answer.status });
say({ after: await after });

say({ ours: await heard("conversations/ours", () => true) });
const conversations = firestore.query(
  firestore.collection(db, "conversations"),
  firestore.where("members", "array-contains", user.uid),
);
say({ conversations: (await firestore.getDocs(conversations)).docs.map((each) => each.id) });
const typing = { expires_at: firestore.Timestamp.fromMillis(Date.now() + 20_000) };
say({ typing: await tried(firestore.setDoc(at(`conversations/ours/typing/${user.uid}`), typing)) });

say({
  refused: {
    inbox: await heard(`inboxes/${told.other}`, () => true),
    conversation: await heard("conversations/theirs", () => true),
    message: await heard("conversations/theirs/messages/1", () => true),
    badge: await tried(firestore.setDoc(at(mine), { unread: 0 })),
    message_of_mine: await tried(
      firestore.setDoc(at("conversations/ours/messages/2"), { text: "forged" }),
    ),
    typing_as_other: await tried(
      firestore.setDoc(at(`conversations/ours/typing/${told.other}`), typing),
    ),
  },
});
await firestore.terminate(db);
process.exit(0);
