"""Money: exact, of one currency, and refusing what it would have to guess."""

import contextlib
from datetime import date
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
)

import pytest
from babel.core import get_global
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.core.money import (
    EXPONENTS,
    WITHDRAWN,
    AmbiguousAmount,
    AmountOutOfRange,
    BadWeight,
    CurrencyMismatch,
    Money,
    NotAnAmount,
    NothingToAllocate,
    Rate,
    RateMismatch,
    Rounding,
    TooManyDecimals,
    UnknownCurrency,
    allocate,
    allocate_minor,
    convert,
    divide,
    exponent,
)

MODES = {
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_DOWN: ROUND_HALF_DOWN,
    Rounding.UP: ROUND_UP,
    Rounding.DOWN: ROUND_DOWN,
    Rounding.CEILING: ROUND_CEILING,
    Rounding.FLOOR: ROUND_FLOOR,
}
CURRENCIES = st.sampled_from(sorted(EXPONENTS))
MONEY = st.builds(Money, st.integers(-(10**15), 10**15), CURRENCIES)


@pytest.mark.parametrize(
    ("code", "decimals"),
    [("EUR", 2), ("JPY", 0), ("KWD", 3), ("BHD", 3), ("TND", 3), ("CLF", 4), ("IQD", 3)],
)
def test_a_currency_has_the_decimals_of_iso_4217(code, decimals):
    assert exponent(code) == decimals


def test_the_table_differs_from_cldr_for_the_known_codes_only():
    cldr = get_global("currency_fractions")
    default = cldr["DEFAULT"][0]

    different = {
        code for code, digits in EXPONENTS.items() if cldr.get(code, [default])[0] != digits
    }

    known = [
        "AFN",
        "ALL",
        "IQD",
        "IRR",
        "KPW",
        "LAK",
        "LBP",
        "MGA",
        "MMK",
        "RSD",
        "SLL",
        "SOS",
        "SYP",
        "YER",
    ]
    assert different <= set(known)
    assert {"IQD", "RSD"} <= different
    assert len(EXPONENTS) - len(WITHDRAWN) == 165


@pytest.mark.parametrize("code", ["eur", "EURO", "XXX", "", None, 5, "ZZZ"])
def test_an_unknown_currency_is_refused(code):
    with pytest.raises(UnknownCurrency, match="EUR"):
        Money(1, code)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("6200", 620000),
        ("6200.5", 620050),
        ("6,200.00", 620000),
        ("1,234,567.89", 123456789),
        ("6'200.00", 620000),
        ("6 200.00", 620000),
        ("6\u202f200.00", 620000),
        ("1,234", 123400),
        ("-12.50", -1250),
        ("\u221212.50", -1250),
        ("(80.00)", -8000),
        ("6200.00 EUR", 620000),
        ("EUR 6,200.00", 620000),
        (" 0.00 ", 0),
    ],
)
def test_an_amount_reads_as_people_write_it(text, minor):
    assert Money.parse(text, "EUR") == Money(minor, "EUR")


@pytest.mark.parametrize("text", ["1.234,56", "12,5", "1 234,56", "6.200.000,00", "0,99"])
def test_a_comma_amount_is_refused_until_the_format_is_stated(text):
    with pytest.raises(AmbiguousAmount, match="write"):
        Money.parse(text, "EUR")

    assert Money.parse(text, "EUR", decimal_mark=",").is_positive


def test_the_refusal_says_what_would_be_right():
    with pytest.raises(AmbiguousAmount, match=r"write 1234\.56"):
        Money.parse("1.234,56", "EUR")
    with pytest.raises(AmbiguousAmount, match="write 6200,00"):
        Money.parse("6,200.00", "EUR", decimal_mark=",")


def test_three_digits_after_a_comma_are_ambiguous_where_the_currency_has_three_decimals():
    with pytest.raises(AmbiguousAmount):
        Money.parse("1,234", "KWD")

    assert Money.parse("1.234", "KWD") == Money(1234, "KWD")
    assert Money.parse("1,234.000", "KWD") == Money(1234000, "KWD")


@pytest.mark.parametrize(
    ("text", "currency"),
    [("12.3456", "EUR"), ("1.234", "EUR"), ("10.50", "JPY"), ("1.00005", "CLF")],
)
def test_surplus_decimals_are_refused_and_never_rounded(text, currency):
    with pytest.raises(TooManyDecimals, match="decimals"):
        Money.parse(text, currency)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "abc",
        "12..5",
        "1,23,456.00",
        "1,234'567.00",
        "--5",
        "-(5)",
        "(-5)",
        "5-",
        "1e5",
        "NaN",
        "0x10",
        "١٢",
        "12\n5",
        "$12",
        "12.",
        ".5",
        "(5",
        "1_000",
        "½",
    ],
)
def test_junk_is_refused(text):
    with pytest.raises(NotAnAmount):
        Money.parse(text, "EUR")


@given(st.text(max_size=30))
@settings(max_examples=150)
def test_any_text_is_an_amount_or_a_named_refusal(text):
    with contextlib.suppress(NotAnAmount, CurrencyMismatch, AmountOutOfRange):
        assert isinstance(Money.parse(text, "EUR"), Money)


def test_the_code_in_the_text_must_be_the_expected_one():
    with pytest.raises(CurrencyMismatch):
        Money.parse("10.00 USD", "EUR")


@given(MONEY)
@settings(max_examples=150)
def test_what_is_written_reads_back(money):
    assert Money.parse(money.format_plain(), money.currency) == money
    assert Money.parse(money.format_number(), money.currency) == money


def test_amounts_print_with_the_decimals_of_their_currency():
    assert str(Money(620000, "EUR")) == "6200.00 EUR"
    assert str(Money(-5, "EUR")) == "-0.05 EUR"
    assert str(Money(-1001, "JPY")) == "-1001 JPY"
    assert str(Money(7, "CLF")) == "0.0007 CLF"


def test_currencies_do_not_mix():
    euro, dollar = Money(1, "EUR"), Money(1, "USD")

    for act in (
        lambda: euro + dollar,
        lambda: euro - dollar,
        lambda: euro < dollar,
        lambda: euro >= dollar,
    ):
        with pytest.raises(CurrencyMismatch):
            act()
    assert euro != dollar


@pytest.mark.parametrize("minor", [1.0, True, "1", None, Decimal(1)])
def test_minor_units_are_a_whole_number(minor):
    with pytest.raises(TypeError):
        Money(minor, "EUR")


def test_an_amount_beyond_64_bits_is_refused():
    assert Money(2**63 - 1, "EUR").minor == 2**63 - 1
    with pytest.raises(AmountOutOfRange):
        Money(2**63, "EUR")
    with pytest.raises(AmountOutOfRange):
        Money(2**62, "EUR") + Money(2**62, "EUR")


def test_money_has_no_truth_value():
    with pytest.raises(TypeError):
        bool(Money(0, "EUR"))


@given(st.integers(-(10**20), 10**20), st.integers(-(10**9), 10**9).filter(bool))
@settings(max_examples=200)
def test_rounding_agrees_with_decimal_in_every_mode(n, d):
    context = Context(prec=200)
    exact = context.divide(Decimal(n), Decimal(d))

    for mode, theirs in MODES.items():
        assert divide(n, d, mode) == int(exact.to_integral_value(theirs, context))


@pytest.mark.parametrize(
    ("mode", "answers"),
    [
        (Rounding.HALF_EVEN, [2, 2, -2, -2, 0]),
        (Rounding.HALF_UP, [2, 3, -2, -3, 1]),
        (Rounding.HALF_DOWN, [1, 2, -1, -2, 0]),
    ],
)
def test_ties_go_where_the_mode_says(mode, answers):
    assert [divide(n, 2, mode) for n in (3, 5, -3, -5, 1)] == answers


def test_half_up_in_place_of_half_even_would_be_noticed():
    assert Money(25, "EUR").times_ppm(100_000, Rounding.HALF_EVEN) == Money(2, "EUR")
    assert Money(25, "EUR").times_ppm(100_000, Rounding.HALF_UP) == Money(3, "EUR")


def test_an_unknown_mode_or_a_zero_divisor_is_refused():
    with pytest.raises(ValueError, match="sideways"):
        divide(1, 3, "sideways")
    with pytest.raises(ZeroDivisionError):
        divide(1, 0, Rounding.DOWN)


def test_two_percent_of_a_quarter_is_exact_to_the_cent():
    assert Money(1_234_567, "USD").times_ppm(20_000, Rounding.HALF_EVEN) == Money(24_691, "USD")
    assert Money(1_234_567, "USD").times_ratio(2, 100, Rounding.DOWN) == Money(24_691, "USD")


WEIGHTS = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3), st.integers(0, 10**6), min_size=1
)


@given(MONEY, WEIGHTS)
@settings(max_examples=200)
def test_a_split_neither_makes_nor_loses_a_cent(total, weights):
    if sum(weights.values()) == 0:
        with pytest.raises(NothingToAllocate):
            allocate(total, list(weights.items()))
        return

    parts = allocate(total, list(weights.items()))

    assert sum(part.minor for part in parts.values()) == total.minor
    whole = sum(weights.values())
    for key, part in parts.items():
        assert abs(part.minor * whole - total.minor * weights[key]) < whole
        assert part.minor == 0 or weights[key] > 0


@given(st.integers(-(10**9), 10**9), WEIGHTS, st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_the_order_of_the_weights_does_not_move_a_cent(total, weights, random):
    weights = {key: weight + 1 for key, weight in weights.items()}
    shuffled = list(weights.items())
    random.shuffle(shuffled)

    assert allocate_minor(total, shuffled) == allocate_minor(total, list(weights.items()))


def test_equal_remainders_go_to_the_smaller_key():
    assert allocate_minor(100, [("c", 1), ("b", 1), ("a", 1)]) == {"c": 33, "b": 33, "a": 34}
    assert allocate_minor(-100, [("c", 1), ("b", 1), ("a", 1)]) == {"c": -33, "b": -33, "a": -34}


def test_bad_weights_are_refused():
    with pytest.raises(BadWeight):
        allocate_minor(10, [("a", 1), ("a", 1)])
    with pytest.raises(BadWeight):
        allocate_minor(10, [("a", 2), ("b", -1)])


def _rate(base="EUR", quote="USD", numerator=10825, scale=4):
    return Rate(base, quote, numerator, scale, "ECB", date(2026, 7, 1))


def test_a_conversion_is_exact_in_both_directions():
    assert convert(Money(10000, "EUR"), _rate(), "USD", Rounding.HALF_EVEN) == Money(10825, "USD")
    assert convert(Money(10825, "USD"), _rate(), "EUR", Rounding.HALF_EVEN) == Money(10000, "EUR")


def test_a_conversion_scales_between_currencies_of_other_exponents():
    yen = _rate(quote="JPY", numerator=16055, scale=2)
    dinar = _rate(base="KWD", quote="JPY", numerator=500, scale=0)

    assert convert(Money(100, "EUR"), yen, "JPY", Rounding.DOWN) == Money(160, "JPY")
    assert convert(Money(160, "JPY"), yen, "EUR", Rounding.UP) == Money(100, "EUR")
    assert convert(Money(1000, "KWD"), dinar, "JPY", Rounding.DOWN) == Money(500, "JPY")


def test_a_rate_that_does_not_fit_is_refused():
    with pytest.raises(RateMismatch):
        convert(Money(1, "GBP"), _rate(), "USD", Rounding.DOWN)
    for bad in ({"quote": "EUR"}, {"numerator": 0}, {"numerator": -1}, {"scale": 19}):
        with pytest.raises(RateMismatch):
            _rate(**bad)
    with pytest.raises(RateMismatch):
        Rate("EUR", "USD", 1, 0, "", date(2026, 7, 1))
