/** The page's four HTTP calls; each resolves to the answer's JSON or throws an Error with a sentence. */

async function call(path, options) {
  let response;
  try {
    response = await fetch(path, { method: "POST", ...options });
  } catch {
    throw new Error("The playground's server cannot be reached.");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.message ?? `The server answered ${response.status}.`);
  return answer;
}

const post = (path, body) =>
  call(path, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const postInteraction = (body) => post("/page/interactions", body);
export const postMessage = (body) => post("/page/messages", body);
export const toggleReaction = (body) => post("/page/reactions", body);

/** Uploads one File; the answer's id stands for it in interactions. */
export function uploadFile(file) {
  const form = new FormData();
  form.append("file", file, file.name || "picture.png");
  return call("/page/uploads", { body: form });
}
