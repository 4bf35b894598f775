// How much two pictures differ, of 255, seen from so far that no text can be read: -1 if they have not the same size.

const [one, other, done] = arguments;

async function pixels(bytes) {
  const picture = await createImageBitmap(new Blob([Uint8Array.from(bytes)]), { resizeQuality: "high" });
  const { width, height } = picture;
  const canvas = new OffscreenCanvas(Math.ceil(width / 30), Math.ceil(height / 30));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return { size: `${width} x ${height}`, data: context.getImageData(0, 0, canvas.width, canvas.height).data };
}

Promise.all([pixels(one), pixels(other)]).then(([one, other]) => {
  if (one.size !== other.size) return done(-1);
  const sum = one.data.reduce((sum, value, at) => sum + Math.abs(value - other.data[at]), 0);
  done(sum / one.data.length);
}, (error) => done(String(error)));
