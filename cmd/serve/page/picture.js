// Pictures that are opened, dropped on the page or pasted.

// watchPictures calls found with each such picture, a File. board is marked while a picture is
// over the page.
export function watchPictures(input, board, found) {
  input.addEventListener("change", () => {
    if (input.files.length > 0) {
      found(input.files[0]);
      input.value = ""; // so that the same file can be opened again
    }
  });
  document.addEventListener("dragover", (e) => {
    e.preventDefault();
    board.classList.add("over");
  });
  document.addEventListener("dragleave", (e) => {
    if (!e.relatedTarget) {
      board.classList.remove("over");
    }
  });
  document.addEventListener("drop", (e) => {
    e.preventDefault();
    board.classList.remove("over");
    if (e.dataTransfer.files.length > 0) {
      found(e.dataTransfer.files[0]);
    }
  });
  document.addEventListener("paste", (e) => {
    if (e.clipboardData.files.length > 0) {
      e.preventDefault();
      found(e.clipboardData.files[0]);
    }
  });
}
