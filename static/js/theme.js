/** The switch between system, light and dark colours; remembered in this browser. */

const KEY = "touchstone-theme";

function remembered() {
  return document.documentElement.dataset.theme ?? "system";
}

function show(group) {
  for (const button of group.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.value === remembered()));
  }
}

function choose(theme) {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
}

/** Wire every [data-theme-switch] inside `root`. */
export function startTheme(root = document) {
  for (const group of root.querySelectorAll("[data-theme-switch]")) {
    show(group);
    group.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      choose(button.value);
      show(group);
    });
  }
}
