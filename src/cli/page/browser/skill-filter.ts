/**
 * Search and filter of the table of skills, rows that use the whole width when they are opened, and
 * a message for screen readers.
 * @returns shows every row again.
 */
export function setUpSkillTable(): () => void {
  const table = document.querySelector<HTMLTableElement>("#skill-table");
  const find = document.querySelector<HTMLInputElement>("#find");
  const found = document.querySelector("#found");
  const rows = [...(table?.tBodies[0]?.rows ?? [])].map((row) => ({
    row,
    text: (row.textContent ?? "").toLowerCase(),
  }));
  const radios = [...document.querySelectorAll<HTMLInputElement>("input[name=status]")];
  const filter = () => {
    const words = (find?.value ?? "").toLowerCase().split(/\s+/u);
    const status = radios.find(({ checked }) => checked)?.value ?? "";
    let shown = 0;
    for (const { row, text } of rows) {
      const isStatus = status === "" || row.dataset["status"] === status;
      row.hidden = !isStatus || !words.every((word) => text.includes(word));
      if (!row.hidden) shown++;
    }
    say(`${shown} of ${rows.length} skills shown`);
  };
  const say = (text: string) => {
    if (found !== null) found.textContent = text;
  };
  find?.addEventListener("input", filter);
  for (const radio of radios) radio.addEventListener("change", filter);
  table?.addEventListener("sort-end", () => {
    const heading = table.querySelector("th[aria-sort]");
    say(`sorted by ${heading?.textContent ?? ""}, ${heading?.getAttribute("aria-sort") ?? ""}`);
  });
  table?.addEventListener("toggle", (event) => widen(event.target, table), { capture: true });
  return () => {
    if (find !== null) find.value = "";
    const [all] = radios;
    if (all !== undefined) all.checked = true;
    filter();
  };
}

/** The cell of an opened skill takes the columns that are visible; it repeats what they contain. */
function widen(target: EventTarget | null, table: HTMLTableElement): void {
  if (!(target instanceof HTMLDetailsElement)) return;
  const cell = target.closest("th");
  if (cell === null) return;
  const columns = [...(table.tHead?.rows[0]?.cells ?? [])].filter((one) => one.offsetWidth > 0);
  cell.colSpan = target.open ? columns.length : 1;
  cell.parentElement?.classList.toggle("opened", target.open);
}
