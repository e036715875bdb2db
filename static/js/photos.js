// Photos are made smaller on the phone, before they are sent: less to pay, and no place or time of taking leaves it.
// What the browser cannot open (HEIC, elsewhere than on an iPhone) goes as it is; the server does the rest.
"use strict";

self.photos = (() => {
  const LARGEST = 300 * 1024;
  const SIDES = [1280, 1024, 800, 640, 480];
  const QUALITIES = [0.75, 0.65, 0.55];

  const draw = (image, side) => {
    const scale = Math.min(1, side / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(image.width * scale));
    canvas.height = Math.max(1, Math.round(image.height * scale));
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas;
  };
  const encode = (canvas, quality) => new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));

  // The photo upright and small, the largest first; each next one is for a device with less room.
  async function* sizes(file) {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
    if (!image) {
      yield file;
      return;
    }
    for (const side of SIDES) {
      const canvas = draw(image, side);
      for (const quality of QUALITIES) {
        const small = await encode(canvas, quality);
        if (small && small.size <= LARGEST) {
          yield small;
          break;
        }
      }
    }
    image.close();
  }

  const shrink = async (file) => (await sizes(file).next()).value ?? file;

  // A plain form: the box is given the small photos in place of the chosen ones.
  document.addEventListener("change", async (event) => {
    const box = event.target;
    if (box.type !== "file" || !box.files.length || box.closest("[data-wizard]")) return;
    const chosen = box.files;
    delete box.dataset.ready;
    const smaller = new DataTransfer();
    for (const file of chosen) {
      const small = await shrink(file);
      smaller.items.add(small === file ? file : new File([small], file.name, { type: small.type }));
    }
    if (box.files !== chosen) return; // chosen anew meanwhile
    box.files = smaller.files;
    box.dataset.ready = "1";
  });

  return { sizes };
})();
