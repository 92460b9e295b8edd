/** The words of the page Play. */
import { counted } from "../shared/format";

export const play = {
  title: "Real or forged?",
  lead: "The game that trains every GAN, played by you: one side forges, the other tells. Choose yours.",
  loading: "Setting the table",
  notYet: "Nothing to play with yet",
  watchIt: "Watch it train",
  back: "Another role",

  roles: {
    detective: {
      title: "You are the detective",
      words: "Some are real, from data that the generator never saw. Some it has just made. Can you tell?",
      start: "Take the case",
    },
    forger: {
      title: "You are the forger",
      words: "Draw something, or bring a picture. A judge that knows the data says at once how real it looks.",
      start: "Pick up the brush",
    },
  },

  examples: {
    title: "Real ones look like this",
    item: (k: number) => `Real item ${k + 1}`,
  },

  setup: {
    mode: "The game",
    one: "One at a time",
    several: "Find the forgery",
    choices: "Among",
    questions: "Questions",
    clock: "Against the clock",
    off: "no",
    seconds: (value: number) => `${value} s`,
    player: "Your name",
    playerHint: "for the table of results; may stay empty",
    start: "Begin",
    starting: "Drawing the cards",
  },

  table: {
    item: "Is this real or forged?",
    several: (choices: number) => `Which of these ${choices} is forged?`,
    card: (k: number) => `Item ${k + 1}`,
    real: "Real",
    forged: "Forged",
    pick: (k: number) => `Item ${k + 1} is the forgery`,
    question: (k: number, of: number) => `${k + 1} of ${of}`,
    next: "Next",
    finish: "See how you did",
    goOn: "After a right answer, go on by itself",
    you: "You",
    judge: "Discriminator",
    score: (right: number, of: number) => `${right} of ${of}`,
    streak: (count: number) => `${count} in a row`,
    late: (seconds: number) => `${seconds} seconds left`,
    lost: "The studio did not answer. Nothing is lost: the round waits.",
    again: "Try again",
    truth: (k: number, of: number) => `Question ${k + 1} of ${of}: the truth`,
    leave: "Leave the round",
    ask: "Leave this round?",
    askWords: "Its answers so far are kept in the results, the rest is not asked.",
  },

  outcome: {
    right: ["Right.", "Yes.", "Well seen.", "Right again."],
    wrong: { real: "No: this one is real.", forged: "No: this one is forged." } as Readonly<Record<"real" | "forged", string>>,
    wrongOne: (k: number) => `No: item ${k + 1} is the forgery.`,
    late: "Time is up.",
    truth: (truth: "real" | "forged" | number) =>
      typeof truth === "number" ? `Item ${truth + 1} is the forgery.` : `This one is ${truth}.`,
    judge: (answer: "real" | "forged" | number | null, right: boolean) =>
      `The discriminator ${typeof answer === "number" ? `chose item ${answer + 1}` : `said ${answer ?? "nothing"}`}, and was ${right ? "right" : "wrong"}.`,
    joy: ["", "Three in a row!", "An eye for it!", "Nothing gets past you!"],
    stamp: { real: "Real", forged: "Forged" } as Readonly<Record<"real" | "forged", string>>,
  },

  ending: {
    title: "The case is closed",
    right: (right: number, of: number) => `You were right ${right} of ${of} times.`,
    accuracy: "Right answers, with 95 % intervals",
    you: "You",
    judge: "Discriminator",
    chance: (share: number) => `chance, ${Math.round(share * 100)} %`,
    streak: (count: number) => `Best streak: ${count} in a row.`,
    fooled: "Forgeries that fooled you",
    fooledNone: "No forgery fooled you.",
    denied: "Real ones that you denied",
    deniedNone: "You denied nothing real.",
    fooledItem: (k: number) => `Forgery of question ${k + 1}`,
    deniedItem: (k: number) => `Real item of question ${k + 1}`,
    again: "Play again",
    change: "Change the rules",
  },

  results: {
    title: "All players so far",
    none: "Nobody has finished a round on this run yet.",
    rate: "Human error rate",
    picked: "Forgery not found among several",
    guessing: (share: number) => `guessing gives ${Math.round(share * 100)} %`,
    fooled: "forgeries taken for real",
    denied: "real items taken for forged",
    player: "Player",
    nameless: "no name",
    rounds: "Rounds",
    answers: "Answers",
    right: "Right",
    hype: "A human error rate of 50 % would mean that nobody can tell (HYPE, Zhou et al. 2019, arXiv:1904.01121).",
  },

  keys: {
    real: "Real",
    forged: "Forged",
    pick: (k: number) => `Item ${k + 1} is the forgery`,
    next: "Next question",
    undo: "Undo",
    redo: "Redo",
    clear: "Begin anew",
    brush: "Brush",
    eraser: "Eraser",
    heat: "Show what gives it away",
    smaller: "Smaller brush",
    larger: "Larger brush",
  },

  forger: {
    preparing: "The judge studies the data",
    preparingWords: "It learns once how real items differ from everything else. You can begin meanwhile.",
    paper: "Your picture",
    paperLabel: (width: number, height: number) =>
      `Drawing paper, ${width} by ${height} pixels. Arrow keys move the cursor, Space paints, Shift with an arrow draws.`,
    cursor: (x: number, y: number) => `column ${x + 1}, row ${y + 1}`,
    tools: "Tools",
    brush: "Brush",
    eraser: "Eraser",
    size: "Brush size",
    sizes: ["fine", "medium", "broad"],
    inks: "Colour",
    ink: (k: number) => `Colour ${k + 1}`,
    grey: (level: number) => (level === 255 ? "White" : level === 0 ? "Black" : `Grey ${level}`),
    ownInk: "Another colour",
    undo: "Undo",
    redo: "Redo",
    clear: "Begin anew",
    bring: "Bring a picture",
    bringHint: "or drop one here, or paste it",
    dropped: "Drop it: it will be judged",
    notPicture: "That is no picture. Bring a PNG, JPEG, WebP or GIF file.",
    tooLarge: "That file is larger than 8 MB. Bring a smaller one.",
    pointsLabel: "The plane. Arrow keys move the cursor, Space places a point, Delete takes away what is near.",
    points: (count: number) => counted(count, "point"),
    spray: "Spray",
    point: "Point",
    pointsHint: "Place points as the data would lie.",
    rows: "Rows to judge",
    rowsHint: (columns: readonly string[]) => `One row a line: ${columns.join(", ")}`,
    rowsBad: (count: number) => `${counted(count, "line")} could not be read and ${count === 1 ? "is" : "are"} left out.`,
    judgeRows: "Judge these rows",
  },

  verdict: {
    title: "The judge",
    waiting: "Draw, and the judge will speak.",
    thinking: "The judge looks at it.",
    real: "Passes for real",
    forged: "Forged",
    realness: (share: number) => realness(share),
    axisForged: "forged",
    axisReal: "real",
    markReal: "real items",
    markForged: "the generator's",
    meter: (share: number) => `Realness ${Math.round(share * 100)} of 100`,
    heat: "Show what gives it away",
    judgedAs: "As the judge sees it",
    best: (share: number) => `Your best: more real than ${Math.round(share * 100)} % of real ones`,
  },
};

function realness(share: number): string {
  const percent = Math.round(share * 100);
  if (percent === 0) return "No held-out real item looks less real than this.";
  if (percent >= 100) return "It looks more real than every held-out item.";
  return `It looks more real than ${percent} % of held-out real items.`;
}
