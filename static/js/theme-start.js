// Sets the remembered colours before the first paint. A classic script in the head on purpose:
// a module would run after the page had already flashed in the wrong colours.
(() => {
  try {
    const theme = localStorage.getItem("touchstone-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is blocked: the system's colours stay.
  }
})();
