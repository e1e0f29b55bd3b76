// Before anything is drawn: the look that was chosen here, so that a page does not flash in the other one.
const theme = localStorage.getItem("theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
