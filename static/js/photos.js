// Photos are made smaller on the phone, before they are sent: less to pay, and no place or time of taking leaves it.
// What the browser cannot open (HEIC, elsewhere than on an iPhone) goes as it is; the server does the rest.
"use strict";

const LONGEST = 1600;

const shrink = async (file) => {
  const image = await createImageBitmap(file).catch(() => null);
  if (!image) return file;
  const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  const small = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.75));
  return small && small.size < file.size ? new File([small], file.name, { type: "image/jpeg" }) : file;
};

document.addEventListener("change", async (event) => {
  const box = event.target;
  if (box.type !== "file" || !box.files.length) return;
  const chosen = box.files;
  delete box.dataset.ready;
  const smaller = new DataTransfer();
  for (const file of chosen) smaller.items.add(await shrink(file));
  if (box.files !== chosen) return; // chosen anew meanwhile
  box.files = smaller.files;
  box.dataset.ready = "1";
});
