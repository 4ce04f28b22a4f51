/** Places a light-dismiss popover beside its anchor, inside the window. */

const GAP = 6;
const EDGE = 8;

/** Shows `panel` (a popover element) near `anchor` (an element or {x, y}); it removes itself when closed. */
export function openPopover(panel, anchor, { above = false, width } = {}) {
  panel.setAttribute("popover", "auto");
  panel.classList.add("popover");
  const host = anchor instanceof Element ? (anchor.closest("dialog[open]") ?? document.body) : document.body;
  host.append(panel);
  if (width) panel.style.setProperty("min-width", `${width}px`);
  panel.showPopover();
  place(panel, anchor instanceof Element ? anchor.getBoundingClientRect() : pointBox(anchor), above);
  panel.addEventListener("toggle", (event) => event.newState === "closed" && panel.remove());
  return panel;
}

const pointBox = ({ x, y }) => ({ left: x, right: x, top: y, bottom: y });

function place(panel, box, above) {
  const size = panel.getBoundingClientRect();
  const roomBelow = innerHeight - box.bottom - GAP - EDGE;
  const roomAbove = box.top - GAP - EDGE;
  const up = above ? roomAbove > Math.min(size.height, roomBelow) : roomBelow < size.height && roomAbove > roomBelow;
  const height = Math.min(size.height, up ? roomAbove : roomBelow);
  panel.style.setProperty("max-height", `${Math.max(height, 80)}px`);
  panel.style.setProperty("top", `${up ? box.top - GAP - height : box.bottom + GAP}px`);
  panel.style.setProperty("left", `${Math.max(EDGE, Math.min(box.left, innerWidth - size.width - EDGE))}px`);
}
