/** Takes a file that is dropped on a form as if it had been chosen, and sends the form. */
export function acceptDrops(form: HTMLFormElement, input: HTMLInputElement): void {
  form.classList.add('droppable');
  form.addEventListener('dragover', (event) => {
    event.preventDefault();
    form.classList.add('dragged');
  });
  form.addEventListener('dragleave', () => form.classList.remove('dragged'));
  form.addEventListener('drop', (event) => {
    event.preventDefault();
    form.classList.remove('dragged');
    if (!event.dataTransfer?.files.length) return;
    input.files = event.dataTransfer.files;
    form.requestSubmit();
  });
}
