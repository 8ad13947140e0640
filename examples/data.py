"""Makes the tables of the examples, the same each time. No public table of these kinds comes with a package that is installed here.

Each function returns the rows and what is to be predicted of them; a few values are missing, as they are in real tables.
"""

import numpy as np
import pandas as pd

SEED = 7
PRAISE = ("love", "great", "excellent", "works perfectly", "fast delivery", "would buy again", "beautiful", "reliable")
BLAME = ("broke", "terrible", "waste of money", "never arrived", "stopped working", "disappointed", "too slow", "poor quality")
THINGS = ("phone", "kettle", "headphones", "lamp", "keyboard", "backpack", "charger", "blender")


def churn(rows: int = 4000) -> tuple[pd.DataFrame, pd.Series]:
    """Customers of a phone company, and whether each left: likelier with a monthly contract, high charges and many calls for help."""
    random = np.random.default_rng(SEED)
    months = random.integers(0, 72, rows)
    charges = random.normal(65, 25, rows).clip(15, 120).round(2)
    table = pd.DataFrame(
        {
            "tenure (months)": months,
            "monthly charges": charges,
            "total charges": np.where(months == 0, np.nan, (months * charges).round(2)),
            "contract": random.choice(["monthly", "one year", "two years"], rows, p=[0.55, 0.25, 0.2]),
            "payment": random.choice(["card", "transfer", "cheque"], rows),
            "senior": random.random(rows) < 0.16,
            "support calls": random.poisson(1.2, rows),
        }
    )
    table.loc[random.random(rows) < 0.05, "payment"] = None
    pull = (
        0.02 * (table["monthly charges"] - 65) + 0.5 * table["support calls"] - 0.04 * months + 1.2 * (table["contract"] == "monthly") - 1.2
    )
    left = random.random(rows) < 1 / (1 + np.exp(-pull))
    return table, pd.Series(np.where(left, "left", "stayed"), name="outcome")


def sentiment(rows: int = 3000) -> tuple[list[str], list[str]]:
    """Short reviews, and whether each is positive or negative; one in twenty says both."""
    random = np.random.default_rng(SEED)
    texts, kinds = [], []
    for _ in range(rows):
        kind = str(random.choice(["positive", "negative"]))
        words, others = (PRAISE, BLAME) if kind == "positive" else (BLAME, PRAISE)
        said = [str(word) for word in random.choice(words, 2, replace=False)]
        if random.random() < 0.05:
            said[1] = str(random.choice(others))
        texts.append(f"This {random.choice(THINGS)}: {said[0]}, {said[1]}.")
        kinds.append(kind)
    return texts, kinds


def sales(days: int = 900) -> tuple[pd.DataFrame, pd.Series]:
    """Days of four shops, and the units each sold: more at weekends, in December, with a promotion and at a low price."""
    random = np.random.default_rng(SEED)
    date = np.repeat(pd.date_range("2023-01-01", periods=days, freq="D"), 4)
    price = random.normal(20, 3, len(date)).round(2)
    table = pd.DataFrame(
        {
            "month": date.month.astype("int64"),
            "weekday": pd.Categorical(date.day_name()),
            "shop": pd.Categorical(np.tile(["Córdoba", "München", "東京", "Leeds"], days)),
            "price": price,
            "promotion": random.random(len(date)) < 0.2,
            "temperature": np.where(random.random(len(date)) < 0.1, np.nan, random.normal(15, 8, len(date)).round(1)),
        }
    )
    weekend = table["weekday"].isin(["Saturday", "Sunday"])
    units = 120 - 3 * price + 30 * weekend + 40 * (table["month"] == 12) + 25 * table["promotion"] + random.normal(0, 5, len(date))
    return table, units.clip(lower=0).round(1).rename("units")


def fraud(rows: int = 5000) -> tuple[pd.DataFrame, pd.Series]:
    """Payments by card, and whether each was fraud, which one in twenty or so is: large, at night, abroad, on a new card."""
    random = np.random.default_rng(SEED)
    table = pd.DataFrame(
        {
            "amount": random.lognormal(3.5, 1.0, rows).round(2),
            "hour": random.integers(0, 24, rows),
            "country": pd.Categorical(random.choice(["home", "abroad"], rows, p=[0.9, 0.1])),
            "merchant": pd.Categorical(random.choice(["grocer", "travel", "jewellery", "online"], rows)),
            "card age (days)": np.where(random.random(rows) < 0.08, np.nan, random.integers(1, 3000, rows)),
        }
    )
    night = (table["hour"] < 6).to_numpy()
    pull = 0.012 * table["amount"] + 1.5 * night + 2.0 * (table["country"] == "abroad") - 0.0008 * table["card age (days)"].fillna(0) - 5
    return table, pd.Series((random.random(rows) < 1 / (1 + np.exp(-pull))).astype(int), name="fraud")
