let context: AudioContext | null = null;

/** Two soft notes, made here: no file is loaded. Silent until the visitor has done something on the page. */
export function chime(): void {
  try {
    context ??= new AudioContext();
    if (context.state === "suspended") return;
    const now = context.currentTime;
    for (const [at, pitch] of [
      [0, 660],
      [0.12, 880],
    ] as const) {
      const note = context.createOscillator();
      const loudness = context.createGain();
      note.frequency.value = pitch;
      loudness.gain.setValueAtTime(0.0001, now + at);
      loudness.gain.exponentialRampToValueAtTime(0.08, now + at + 0.02);
      loudness.gain.exponentialRampToValueAtTime(0.0001, now + at + 0.25);
      note.connect(loudness).connect(context.destination);
      note.start(now + at);
      note.stop(now + at + 0.3);
    }
  } catch {
    // no sound here
  }
}
