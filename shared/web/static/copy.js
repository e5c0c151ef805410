// A button for each example: copies what stands beside it. Without this module the text can be marked as ever.

for (const shell of document.querySelectorAll(".shell")) {
  const button = shell.querySelector(".copy");
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(shell.querySelector("code").textContent);
    } catch {
      return;
    }
    const before = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = before; }, 2000);
  });
}
