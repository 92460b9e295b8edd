/** The words of the page Explore. */

function ordinal(k: number): string {
  return `sample ${k + 1}`;
}

export const explore = {
  loading: "Opening the generator",
  notYet: "Nothing to explore yet",
  watchIt: "Watch it train",
  cannot: "This generator cannot be explored",
  lookAtIt: "Look at the run",
  lead: "Every sample is a place in the generator's latent space. Choose one, then walk away from it.",

  wall: "Samples",
  wallOf: (count: number, seed: number) => `${count} samples of seed ${seed}`,
  pick: (k: number) => `Walk from ${ordinal(k)}`,
  seed: "Seed",
  newSeed: "New samples",
  kind: "Class",
  allKinds: "all classes",
  truncation: "Truncation",
  truncationWords: (value: number) => (value === 1 ? "1.0, none" : value.toFixed(2)),
  truncationHint: "Smaller: more typical samples, less variety.",

  chosen: "The one you are looking at",
  chosenRows: "The samples, moved",
  chosenLabel: (where: string) => `The sample, ${where}`,
  unmoved: "as it was chosen",
  movedWords: "moved from where it was chosen",
  back: "Back to where it was",
  star: "Keep",
  starred: "Kept among your favourites.",
  picture: "Picture",
  pictureHint: "Download as PNG, each pixel enlarged",
  table: "Rows",
  tableHint: "Download the rows as CSV",

  axis: (column: string, from: string, to: string) => `${column}, ${from} to ${to}`,
  axes: (across: string, up: string) => `Across: ${across}. Up: ${up}.`,
  outside: (count: number, all: number) => `${count} of ${all} ${count === 1 ? "lies" : "lie"} outside the frame.`,

  map: "Map",
  mapHint: "Drag, or use the arrow keys. The middle is where you began.",
  mapPoints: "Each square shows where the chosen sample would go, in the same frame.",
  mapLabel: "Map through latent space; arrow keys move, Home goes back to the middle",
  mapAt: (x: number, y: number) => `${hundredths(x)} across, ${hundredths(y)} up`,

  directions: "Directions",
  directionsOf: {
    factorisation: "What the generator's first layer answers to most, strongest first. What each changes, you will see.",
    components: "Along which its features vary most, strongest first. What each changes, you will see.",
  } as Readonly<Record<string, string>>,
  direction: (name: string, share: number | null) => (share === null ? name : `${name} · ${Math.round(share * 100)} %`),
  amount: (value: number) => (value === 0 ? "0" : `${value > 0 ? "+" : "−"}${Math.abs(value).toFixed(1)}`),
  moreDirections: "Show all directions",
  fewerDirections: "Show fewer",
  noDirections: "No directions were found in this generator.",

  nearest: "Is it a copy?",
  nearestLead: "The training samples nearest to it.",
  nearestLook: "Look among the training samples",
  nearestStale: "It has moved since; look again",
  nearestLabel: (k: number, distance: string) => `Training sample ${k + 1}, distance ${distance}`,
  copyWords: (distance: number, typical: number) => copy(distance, typical),

  favourites: "Favourites",
  noFavourites: "None yet. Keep a sample and it stays here, with its place in latent space, in the run's folder.",
  goTo: (k: number) => `Go to favourite ${k + 1}`,
  remove: (k: number) => `Remove favourite ${k + 1}`,
  removed: "Removed.",
  film: "From one to another",
  filmNeeds: "Keep two samples, and you can walk from one to the other.",
  from: "From",
  to: "To",
  favourite: (k: number) => `favourite ${k + 1}`,
  play: "Play",
  pause: "Pause",
  share: "How far along",
  gif: "Save as GIF",
  gifMaking: "Making the GIF",
  filmLabel: "Between the two favourites",

  engine: {
    made: (where: string) => `Made ${where}`,
    loading: "on the server, while the generator loads into the browser",
    browser: "in your browser",
    onnxMissing: (words: string) => `on the server: ${words}`,
    broken: (words: string) => `on the server, as the generator did not start in this browser (${words})`,
    differs: (levels: number) => `on the server, as the browser's picture differs from it by up to ${levels} levels of 255`,
    numbers: "on the server, which draws the picture of the rows",
    loads: (bytes: string) => `Loads ${bytes} into the browser`,
  },
  milliseconds: (value: number) => (value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`),
  keys: {
    seed: "New samples",
    star: "Keep this one",
    back: "Back to where it was",
    nearest: "Nearest training samples",
    next: "Next sample of the wall",
    previous: "Previous sample of the wall",
  },
};

function hundredths(value: number): string {
  return `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(2)}`;
}

function copy(distance: number, typical: number): string {
  const times = distance / typical;
  if (!Number.isFinite(times)) return "";
  if (distance === 0) return "A copy: this very sample stands in the training data.";
  if (times < 0.5) return "Nearly a copy: much nearer than neighbours in the data are to each other.";
  if (times < 0.8) return "Close to one: nearer than neighbours in the data are to each other.";
  if (times < 1.25) return "Not a copy: as far from it as neighbours in the data are from each other.";
  if (times < 1.75) return "Not a copy: farther from it than neighbours in the data are from each other.";
  return `Not a copy: ${Math.round(times) === 2 ? "twice" : `${Math.round(times)} times`} as far as neighbours in the data are from each other.`;
}
