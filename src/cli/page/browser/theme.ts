const KEY = "eden-skills-theme";

/** The choice of a theme is kept in the browser, if it allows that; paper is light. */
export function setUpTheme(redraw: () => void): void {
  const select = document.querySelector<HTMLSelectElement>("#theme");
  const use = (theme: string) => {
    document.documentElement.dataset["theme"] = theme;
    redraw();
  };
  if (select === null) return;
  select.value = kept();
  use(select.value);
  select.addEventListener("change", () => {
    use(select.value);
    keep(select.value);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  addEventListener("beforeprint", () => use("light"));
  addEventListener("afterprint", () => use(select.value));
}

function kept(): string {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

function keep(theme: string): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // A browser that keeps nothing for files: the choice lasts as long as the page.
  }
}
