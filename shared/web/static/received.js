/* A receipt can be printed. */
const button = document.querySelector("[data-print]");
button.hidden = false;
button.addEventListener("click", () => print());
