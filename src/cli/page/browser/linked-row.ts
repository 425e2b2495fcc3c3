/**
 * The row that the address names is shown, opened, marked, and gets the focus: when the page is
 * opened, and when a link to a row is followed.
 */
export function showLinkedRow(showAll: () => void): void {
  const show = () => {
    const row = linkedRow();
    if (row === null) return;
    if (row.hidden) showAll();
    document.querySelector("tr[aria-current]")?.removeAttribute("aria-current");
    row.setAttribute("aria-current", "true");
    const details = row.querySelector("details");
    if (details !== null) details.open = true;
    row.scrollIntoView({ block: "center" });
    row.focus({ preventScroll: true });
  };
  addEventListener("hashchange", show);
  // A link to the row that the address names already changes nothing.
  document.addEventListener("click", ({ target }) => {
    const link = target instanceof Element ? target.closest("a") : null;
    if (link !== null && link.hash !== "" && link.hash === location.hash) show();
  });
  show();
}

function linkedRow(): HTMLTableRowElement | null {
  const id = textOf(location.hash.slice(1));
  const row = id.startsWith("skill-") ? document.getElementById(id) : null;
  return row instanceof HTMLTableRowElement ? row : null;
}

/** An address may be typed by hand. */
function textOf(hash: string): string {
  try {
    return decodeURIComponent(hash);
  } catch {
    return hash;
  }
}
