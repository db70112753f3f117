/** What the figures mean, a sentence each, as docs/outcomes.md and the glossary have it. */

export const MEANINGS = {
  hits: [
    "hit rate",
    "The share of predictions whose price went their way, from the next bar’s open to the end of the horizon. The range is Wilson’s 95 % interval for as many independent observations as they are worth; a price that has not moved counts as neither.",
  ],
  effective: [
    "effective count",
    "Symbols move together and horizons overlap, so many outcomes tell the same. This is how many independent ones would tell as much.",
  ],
  coefficient: [
    "information coefficient",
    "The rank correlation of scores with what came after, averaged over slots. 0.02 to 0.05 is good; 0.1 asks for a search for the mistake.",
  ],
  looks: [
    "look",
    "One coefficient that had a chance to be called an effect. The more looks, the more seem to find something by chance; an effect found withstands their number (Holm).",
  ],
  rules: [
    "naive rule",
    "What needs no skill: always hold, the last change goes on, a coin. A strategy that does no better than these shows nothing.",
  ],
  fifths: [
    "return by fifth of the score",
    "All scores in order, cut into five equal parts, and the mean total return after each. With skill the highest fifth earns more than the lowest. Nothing is taken off for costs.",
  ],
  actions: [
    "return by action",
    "The mean total return after each action. Nothing is taken off for spread, commission and slippage: a mean below what a trade costs is a loss.",
  ],
  turnover: [
    "turnover",
    "How much of a position changes from one signal to the next, on average. The more it turns over, the more costs weigh.",
  ],
  reliability: [
    "reliability",
    "A score s is read as the probability (1 + s) / 2 of a rise. Where prices rose as often as the scores said, the points lie on the diagonal.",
  ],
  brier: [
    "Brier score",
    "The mean squared error of these probabilities; lower is better. It must lie below that of the base rate, which needs no article.",
  ],
  edge: [
    "edge",
    "A model has one while it beats what needs no model, slot by slot, on days that came after those it was learnt of (Diebold and Mariano’s t of 3 at least, and a least skill). Without one it is shown and weighs nothing.",
  ],
  deflated: [
    "more than luck",
    "Who tries often finds something by luck. This is the probability that the true Sharpe ratio is above what the best of all trials so far would show without any skill (the deflated Sharpe ratio); 95 % is asked for.",
  ],
  symbols: [
    "figures by symbol",
    "Each symbol’s scores against its own past. With many symbols some look good by chance; only an effect found withstands their number.",
  ],
  missing: [
    "lacking outcome",
    "What cannot be told a week after its time is settled without a return, with the reason, so that what is missing is counted and not left out.",
  ],
} as const;

export type Meaning = keyof typeof MEANINGS;
