// Two people on one page, each with an app of his own: signs in, opens the conversation, listens,
// writes through the API, says that he is typing, and acknowledges what he sees.

import { initializeApp } from "./firebase-app.js";
import { connectAuthEmulator, getAuth, signInWithEmailAndPassword } from "./firebase-auth.js";
import {
  Timestamp, collection, connectFirestoreEmulator, deleteDoc, doc, getFirestore, limit, onSnapshot,
  orderBy, query, setDoc,
} from "./firebase-firestore.js";

const told = JSON.parse(document.body.dataset.told);
const TYPING_LASTS = 10_000;
const TYPING_SAID_EVERY = 3_000;
const AGAIN = 300;

async function post(path, body, token) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.errors[0].message);
  return said.data;
}

// A UUID of version 7: the same id, sent again, is the same message.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const now = Date.now();
  for (let place = 0; place < 6; place += 1) {
    bytes[place] = Math.floor(now / 2 ** (8 * (5 - place))) % 256;
  }
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((each) => each.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

class Side {
  constructor(role) {
    this.role = role;
    this.place = document.getElementById(role);
    this.messages = [];
    this.other = { delivered_seq: 0, read_seq: 0, sent_seq: 0 };
    this.read = 0;
    this.saidTyping = 0;
  }

  find(selector) {
    return this.place.querySelector(selector);
  }

  async signIn() {
    const { uid } = await post("/local/token", { role: this.role });
    const app = initializeApp({ apiKey: "local", projectId: told.project }, this.role);
    const auth = getAuth(app);
    connectAuthEmulator(auth, `http://${told.auth}`, { disableWarnings: true });
    this.db = getFirestore(app);
    const [host, port] = told.firestore.split(":");
    connectFirestoreEmulator(this.db, host, Number(port));
    // As the local page of tokens signs up whoever asks for one.
    const proof = [`${uid}@example.com`, `password of ${uid}`];
    this.user = (await signInWithEmailAndPassword(auth, ...proof)).user;
    this.me = await this.account();
  }

  // Whoever is here for the first time gets an account, and the business its business.
  async account() {
    const headers = { Authorization: `Bearer ${await this.user.getIdToken()}` };
    let answer = await fetch("/api/v1/users/me", { headers });
    if (answer.status === 403) {
      await this.post("/api/v1/users", told.people[this.role]);
      answer = await fetch("/api/v1/users/me", { headers });
    }
    const { data } = await answer.json();
    if (this.role === "business" && data.businesses.length === 0) {
      const { id } = await this.post("/api/v1/businesses", told.business);
      data.businesses.push({ business_id: id });
    }
    return data;
  }

  async post(path, body) {
    return post(path, body, await this.user.getIdToken());
  }

  // The conversation's document is there a second after it was opened: until then nobody may listen.
  listen(what, seen) {
    onSnapshot(what, seen, () => setTimeout(() => this.listen(what, seen), AGAIN));
  }

  open(conversation) {
    this.path = `conversations/${conversation}`;
    const newest = query(
      collection(this.db, `${this.path}/messages`), orderBy("seq", "desc"), limit(50),
    );
    this.listen(newest, (found) => {
      this.messages = found.docs.map((each) => each.data()).reverse();
      this.show();
      this.acknowledge();
      this.place.dataset.ready = "yes";
    });
    this.listen(doc(this.db, this.path), (found) => {
      this.other = found.data().parties.find((each) => !this.isMe(each.id));
      this.show();
    });
    this.listen(query(collection(this.db, `${this.path}/typing`), limit(10)), (found) => {
      const others = found.docs.filter((each) => each.id !== this.user.uid);
      const until = Math.max(0, ...others.map((each) => each.data().expires_at.toMillis()));
      clearTimeout(this.hiding);
      this.find(".typing").hidden = until <= Date.now();
      this.hiding = setTimeout(() => { this.find(".typing").hidden = true; }, until - Date.now());
    });
    this.find("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.find("input").addEventListener("input", () => this.sayTyping());
  }

  isMe(id) {
    return id === this.me.id || this.me.businesses.some((each) => each.business_id === id);
  }

  show() {
    const list = this.find(".messages");
    list.replaceChildren(...this.messages.map((message) => {
      const line = document.createElement("li");
      line.textContent = message.text ?? "(taken back)";
      line.dataset.seq = message.seq;
      if (this.isMe(message.sender_id)) {
        line.className = "own";
        const state = document.createElement("small");
        state.textContent = this.stateOf(message.seq);
        line.append(state);
      }
      return line;
    }));
    list.scrollTop = list.scrollHeight;
  }

  stateOf(seq) {
    if (this.other.read_seq >= seq) return "read";
    if (this.other.delivered_seq >= seq) return "delivered";
    return this.other.sent_seq >= seq ? "sent" : "";
  }

  acknowledge() {
    const last = this.messages.at(-1);
    if (!last || last.seq <= this.read || this.isMe(last.sender_id)) return;
    this.read = last.seq;
    this.post(`/api/v1/${this.path}/receipts`, { read_seq: last.seq }).catch(() => { this.read = 0; });
  }

  sayTyping() {
    if (Date.now() - this.saidTyping < TYPING_SAID_EVERY) return;
    this.saidTyping = Date.now();
    const expires = { expires_at: Timestamp.fromMillis(Date.now() + TYPING_LASTS) };
    setDoc(doc(this.db, `${this.path}/typing/${this.user.uid}`), expires);
  }

  stopTyping() {
    this.saidTyping = 0;
    deleteDoc(doc(this.db, `${this.path}/typing/${this.user.uid}`));
  }

  async send() {
    const input = this.find("input");
    const text = input.value.trim();
    if (!text) return;
    input.value = "";
    this.stopTyping();
    this.find(".trouble").textContent = "";
    try {
      await this.post(`/api/v1/${this.path}/messages`, { id: newId(), text });
    } catch (error) {
      input.value = text;
      this.find(".trouble").textContent = error.message;
    }
  }
}

const [customer, business] = [new Side("consumer"), new Side("business")];
await Promise.all([customer.signIn(), business.signIn()]);
const { id } = await customer.post("/api/v1/conversations", {
  business_id: business.me.businesses[0].business_id,
});
customer.open(id);
business.open(id);
