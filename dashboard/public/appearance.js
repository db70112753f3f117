// Before anything is drawn, so that nobody who chose the dark sees a white flash.
// A file of its own: the content policy allows no script inside the page.
try {
  const chosen = JSON.parse(localStorage.getItem("appearance") ?? "{}");
  const root = document.documentElement;
  if (chosen.theme === "light" || chosen.theme === "dark") root.dataset.theme = chosen.theme;
  if (chosen.rise === "red") root.dataset.rise = "red";
} catch {
  // What is kept is unreadable or forbidden: the system's choice stands.
}
