/** One WebSocket per acting member, opened again with growing pauses after it drops. */

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/**
 * connect(memberId | null) switches the member; frames go to onFrame, "open" / "closed" to onStatus. A member the server no
 * longer knows is refused; the next try names none and gets the server's first member. `memberId` is who is connected.
 */
export function createSocket({ onFrame, onStatus }) {
  let socket = null;
  let pause = FIRST_PAUSE_MS;
  let timer = 0;
  let current = null;

  function address(memberId) {
    const url = new URL("/page/events", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    if (memberId) url.searchParams.set("member_id", memberId);
    return url;
  }

  function connect(memberId) {
    clearTimeout(timer);
    current = memberId;
    let greeted = false;
    const opened = new WebSocket(address(memberId));
    const previous = socket;
    socket = opened;
    previous?.close();
    opened.addEventListener("message", (event) => opened === socket && onFrame(JSON.parse(event.data)));
    opened.addEventListener("open", () => {
      if (opened !== socket) return;
      greeted = true;
      pause = FIRST_PAUSE_MS;
      onStatus("open");
    });
    opened.addEventListener("close", () => opened === socket && retry(greeted ? memberId : null));
  }

  function retry(memberId) {
    onStatus("closed");
    const jitter = 0.75 + Math.random() / 2;
    timer = setTimeout(() => connect(memberId), pause * jitter);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }

  return {
    connect,
    get memberId() {
      return current;
    },
  };
}
