for (const button of document.querySelectorAll("[data-question]")) {
  button.addEventListener("click", () => window.Dynaris?.open({ message: button.dataset.question }));
}
