"""What the simulated newspapers print: outlets, wordings and teasers, as data.

Fields in braces are filled from the event: `name`, `percent`, `amount`, `quarter`, `place`, `unit`
(`Unit` where it opens a headline), `broker` and, in headlines about two companies, `peer`. The
wordings of one topic tell the same facts. Most use the ordinary words of financial news; a few do
not, so that no word list scores all of them.
"""

from dataclasses import dataclass

OUTLETS = (
    "Harbour Wire",
    "The Ledger",
    "Northgate Business",
    "Meridian Markets",
    "Copper Street Journal",
    "Tideline Financial",
    "Quayside Tribune",
    "Dayfold News",
)
PLACES = ("Australia", "Brazil", "Canada", "France", "Germany", "India", "Japan", "Mexico")
UNITS = ("consumer", "cloud", "services", "logistics", "enterprise", "international", "hardware")
BROKERS = ("Calder & Pike", "Bright Anchor", "Osmond Lane", "Three Rivers Research", "Halden Bank")
PEERS = (
    ("AAPL", "Apple"),
    ("AMZN", "Amazon"),
    ("GOOG", "Alphabet"),
    ("KO", "Coca-Cola"),
    ("META", "Meta Platforms"),
    ("MSFT", "Microsoft"),
    ("TSM", "TSMC"),
    ("UNH", "UnitedHealth"),
)
"""Symbols and names that headlines about two companies mention beside their own."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of news.

    Attributes:
        wordings: Headlines that tell it.
        teaser: The summary that goes with any of them.
    """

    wordings: tuple[str, ...]
    teaser: str


GOOD = (
    Topic(
        (
            "{name} beats estimates as {quarter} profit climbs {percent}%",
            "{name} {quarter} profit up {percent}%, beating analyst estimates",
            "Profit at {name} rises {percent}% in {quarter}, topping estimates",
            "{name} posts {percent}% gain in {quarter} profit, ahead of estimates",
        ),
        "{name} said {quarter} profit grew {percent}% to {amount}, more than analysts expected.",
    ),
    Topic(
        (
            "{name} raises full-year guidance on strong {unit} demand",
            "{name} lifts full-year guidance by {percent}%, cites strong {unit} demand",
            "Strong {unit} demand prompts {name} to raise full-year guidance",
            "{name} now expects {percent}% more this year as {unit} orders keep coming",
        ),
        "{name} lifted its outlook for the year by {percent}% on demand in its {unit} business.",
    ),
    Topic(
        (
            "{name} reports record {quarter} revenue of {amount}",
            "Record {quarter} revenue at {name}: {amount}, up {percent}%",
            "{name} revenue hits record {amount} in {quarter}",
            "{name} takes in {amount} in {quarter}, the most in its history",
        ),
        "Revenue rose {percent}% to {amount}, the highest {quarter} figure {name} has reported.",
    ),
    Topic(
        (
            "{name} wins {amount} contract in {place}",
            "{name} awarded {amount} contract by government in {place}",
            "{place} picks {name} for {amount} {unit} contract",
            "{name} secures {amount} {unit} contract in {place}",
        ),
        "The {unit} contract in {place} is worth {amount} to {name} over five years.",
    ),
    Topic(
        (
            "{broker} upgrades {name} to buy, sees {percent}% upside",
            "{name} upgraded to buy at {broker} with {percent}% upside",
            "{broker} turns bullish on {name}, sees {percent}% upside",
            "{broker} changes its mind on {name} and sees room for another {percent}%",
        ),
        "Analysts at {broker} now rate {name} a buy and raised their price target by {percent}%.",
    ),
    Topic(
        (
            "{name} announces {amount} share buyback",
            "{name} board approves {amount} buyback, raises dividend {percent}%",
            "{name} to return {amount} to shareholders in new buyback",
            "{name} unveils {amount} buyback and {percent}% higher dividend",
        ),
        "The board of {name} authorised a {amount} repurchase and a {percent}% higher dividend.",
    ),
    Topic(
        (
            "Regulators in {place} approve {name} {amount} acquisition",
            "{name} wins approval in {place} for {amount} acquisition",
            "{name} {amount} acquisition cleared by regulators in {place}",
            "Nothing now stands between {name} and its {amount} acquisition in {place}",
        ),
        "The approval in {place} was the last one {name} needed for the {amount} acquisition.",
    ),
    Topic(
        (
            "{name} settles {place} dispute for {amount}, far less than feared",
            "{name} ends {place} lawsuit with {amount} settlement, less than feared",
            "Relief for {name} as {place} lawsuit ends with {amount} settlement",
            "{place} lawsuit against {name} settled for {amount}",
        ),
        "{name} resolved the long lawsuit in {place}; it had set aside much more than {amount}.",
    ),
    Topic(
        (
            "{name} {unit} sales surge {percent}% in {place}",
            "{Unit} sales at {name} jump {percent}% on growth in {place}",
            "{name} gains market share in {place} as {unit} sales surge {percent}%",
            "In {place}, {name} cannot ship {unit} orders fast enough: sales up {percent}%",
        ),
        "Sales of the {unit} business of {name} in {place} rose {percent}% from a year before.",
    ),
)

BAD = (
    Topic(
        (
            "{name} misses estimates as {quarter} profit falls {percent}%",
            "{name} {quarter} profit down {percent}%, missing analyst estimates",
            "Profit at {name} drops {percent}% in {quarter}, below estimates",
            "{name} posts {percent}% decline in {quarter} profit, short of estimates",
        ),
        "{name} said {quarter} profit shrank {percent}% to {amount}, less than analysts expected.",
    ),
    Topic(
        (
            "{name} cuts full-year forecast on weak {unit} demand",
            "{name} lowers full-year forecast by {percent}%, cites weak {unit} demand",
            "Weak {unit} demand forces {name} to cut full-year forecast",
            "{name} now expects {percent}% less this year as {unit} customers wait",
        ),
        "{name} reduced its outlook for the year by {percent}% on demand in its {unit} business.",
    ),
    Topic(
        (
            "{name} recalls {unit} products in {place} over safety defect",
            "Safety defect prompts {name} recall of {unit} products in {place}",
            "{name} faces {amount} cost from {unit} recall in {place}",
            "{name} asks customers in {place} to send {unit} products back",
        ),
        "The recall in {place} concerns {unit} products and may cost {name} {amount}.",
    ),
    Topic(
        (
            "Regulators in {place} open probe into {name} {unit} unit",
            "{name} under investigation in {place} over {unit} practices",
            "{name} shares under pressure as {place} opens probe into {unit} unit",
            "Officials in {place} have questions about the {unit} unit of {name}",
        ),
        "Officials in {place} confirmed that they are looking at the {unit} unit of {name}.",
    ),
    Topic(
        (
            "{broker} downgrades {name} to sell, sees {percent}% downside",
            "{name} downgraded to sell at {broker} with {percent}% downside",
            "{broker} turns bearish on {name}, warns of {percent}% downside",
            "{broker} drops {name} from its list, would pay {percent}% less",
        ),
        "Analysts at {broker} now rate {name} a sell and cut their price target by {percent}%.",
    ),
    Topic(
        (
            "{name} hit with {amount} lawsuit in {place}",
            "{place} sues {name} for {amount} over {unit} business",
            "{name} faces {amount} lawsuit over {unit} practices in {place}",
            "Lawsuit in {place} seeks {amount} from {name}",
        ),
        "The complaint filed in {place} says that the {unit} business of {name} broke the law.",
    ),
    Topic(
        (
            "{name} {unit} outage hits customers across {place}",
            "Outage at {name} disrupts {unit} customers in {place}",
            "{name} struggles with hours-long {unit} outage in {place}",
            "{Unit} customers of {name} in {place} left in the dark for hours",
        ),
        "The outage of the {unit} systems began early in the day; {name} gave no time for repair.",
    ),
    Topic(
        (
            "{name} to cut {percent}% of {unit} jobs, takes {amount} charge",
            "{name} takes {amount} charge, plans layoffs at {unit} unit",
            "Layoffs at {name}: {percent}% of {unit} jobs to go, {amount} charge",
            "{name} warns of {amount} restructuring charge as {unit} losses widen",
        ),
        "{name} will book {amount} for the restructuring of its loss-making {unit} unit.",
    ),
    Topic(
        (
            "{name} loses {amount} contract in {place} to rival",
            "{place} cancels {amount} {unit} contract with {name}",
            "{name} {amount} {unit} contract in {place} terminated",
            "{place} takes its {amount} {unit} contract elsewhere, leaving {name} with a hole",
        ),
        "{name} had counted on the {unit} contract in {place} for {amount} over five years.",
    ),
)

NEUTRAL = (
    "{name} to present at {broker} conference in {place}",
    "{name} to report {quarter} results next week: what to watch",
    "{name} names new head of {unit} unit",
    "{name} opens {unit} office in {place}",
    "{name} schedules annual meeting of shareholders",
    "What the {unit} market in {place} means for {name}",
    "{name} files routine {quarter} report with regulator",
    "Inside the {unit} campus of {name} in {place}",
    "{broker} keeps {name} at hold, price target unchanged",
    "{name} trades in line with the market",
)

PAIRED = (
    "{name} and {peer} to speak at {unit} forum in {place}",
    "How {name} compares with {peer} in {unit}",
    "{name} or {peer}: two ways into the {unit} market in {place}",
    "{broker} starts coverage of {name} and {peer} at hold",
)
