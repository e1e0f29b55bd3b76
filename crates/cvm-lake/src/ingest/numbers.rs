//! Reading a decimal number as people and programs write it, exactly.

use super::options::words;
use std::borrow::Cow;

/// The mark before the fraction of a number; the other one, a space or an apostrophe may part thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DecimalMark {
    /// 1,234.56
    #[default]
    Point,
    /// 1.234,56
    Comma,
}
words!(DecimalMark: Point = "point", Comma = "comma");

/// An exact decimal: `mantissa` divided by ten to the power of `scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub(crate) mantissa: i64,
    pub(crate) scale: u32,
}

/// Amounts are counted in units of 10^-4 of the currency.
pub(crate) const SCALE: u32 = 4;

impl Decimal {
    /// In 1/10000, half rounded away from zero; `None` where it does not fit.
    pub(crate) fn units(self) -> Option<i64> {
        if self.scale <= SCALE {
            return self.mantissa.checked_mul(10_i64.pow(SCALE - self.scale));
        }
        round(i128::from(self.mantissa), self.scale)
    }

    /// The product in 1/10000, multiplied exactly and rounded once.
    pub(crate) fn times(self, other: Self) -> Option<i64> {
        round(i128::from(self.mantissa) * i128::from(other.mantissa), self.scale + other.scale)
    }

    pub(crate) fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    pub(crate) fn is_whole(self) -> bool {
        self.mantissa % 10_i64.pow(self.scale) == 0
    }

    fn same_value(self, other: Self) -> bool {
        i128::from(self.mantissa) * 10_i128.pow(other.scale) == i128::from(other.mantissa) * 10_i128.pow(self.scale)
    }
}

/// `mantissa` / 10^`scale` in 1/10000, half away from zero.
pub(crate) fn round(mantissa: i128, scale: u32) -> Option<i64> {
    if scale <= SCALE {
        return i64::try_from(mantissa.checked_mul(10_i128.pow(SCALE - scale))?).ok();
    }
    let Some(divisor) = 10_i128.checked_pow(scale - SCALE) else { return Some(0) };
    let half = if mantissa < 0 { -divisor / 2 } else { divisor / 2 };
    i64::try_from((mantissa + half) / divisor).ok()
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = format!("{:0width$}", self.mantissa.unsigned_abs(), width = self.scale as usize + 1);
        let (whole, fraction) = digits.split_at(digits.len() - self.scale as usize);
        let sign = if self.is_negative() { "-" } else { "" };
        let point = if fraction.is_empty() { "" } else { "." };
        write!(out, "{sign}{whole}{point}{fraction}")
    }
}

/// Reads a number, or `None`.
pub(crate) fn parse(text: &str, mark: DecimalMark) -> Option<Decimal> {
    plain(text.as_bytes(), if mark == DecimalMark::Point { b'.' } else { b',' }).or_else(|| decorated(text, mark))
}

/// How a value reads with either mark, where the readings differ.
pub(crate) enum Readings {
    /// No number either way.
    Neither,
    /// The same number either way.
    Same(Decimal),
    /// Only a decimal point explains it.
    Point(Decimal),
    /// Only a decimal comma explains it.
    Comma(Decimal),
    /// Two numbers.
    Both(Decimal, Decimal),
}

/// Reads a value with either mark.
pub(crate) fn readings(text: &str) -> Readings {
    match (parse(text, DecimalMark::Point), parse(text, DecimalMark::Comma)) {
        (None, None) => Readings::Neither,
        (Some(point), None) => Readings::Point(point),
        (None, Some(comma)) => Readings::Comma(comma),
        (Some(point), Some(comma)) if point.same_value(comma) => Readings::Same(point),
        (Some(point), Some(comma)) => Readings::Both(point, comma),
    }
}

/// The text without white space around it, as `trim`, but without a look at its letters where there is none.
#[inline]
pub(crate) fn trimmed(text: &str) -> &str {
    let visible = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    let bytes = text.as_bytes();
    if visible(bytes.first()) && visible(bytes.last()) { text } else { text.trim() }
}

/// Words that mean "no value".
pub(crate) fn is_missing(text: &str) -> bool {
    const NULLS: [&str; 13] =
        ["NULL", "null", "Null", "NaN", "nan", "NA", "N/A", "n/a", "None", "\\N", "<NA>", "NaT", "-"];
    // Nearly all values begin with a digit or are longer, and need no comparing.
    text.as_bytes().first().is_none_or(|first| !first.is_ascii_digit() && text.len() <= 4 && NULLS.contains(&text))
}

/// The fast path: sign, digits, mark, digits.
fn plain(text: &[u8], mark: u8) -> Option<Decimal> {
    let (negative, digits) = match text.first()? {
        b'-' => (true, &text[1..]),
        _ => (false, text),
    };
    // 18 digits always fit; longer numbers take the careful path.
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut mantissa = 0_i64;
    let mut point = None;
    for (place, byte) in digits.iter().enumerate() {
        if byte.is_ascii_digit() {
            mantissa = mantissa * 10 + i64::from(byte - b'0');
        } else if *byte == mark && point.is_none() && digits.len() > 1 {
            point = Some(place);
        } else {
            return None;
        }
    }
    let scale = point.map_or(0, |place| (digits.len() - place - 1) as u32);
    Some(Decimal { mantissa: if negative { -mantissa } else { mantissa }, scale })
}

/// Digits of Persian and Arabic, their marks, other minus signs and invisible direction marks in western form.
pub(crate) fn western_digits(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let western = |c: char| match c {
        '\u{06F0}'..='\u{06F9}' => char::from(b'0' + (c as u32 - 0x06F0) as u8),
        '\u{0660}'..='\u{0669}' => char::from(b'0' + (c as u32 - 0x0660) as u8),
        '\u{2212}' | '\u{2013}' | '\u{FE63}' | '\u{FF0D}' => '-',
        '\u{00A0}' | '\u{202F}' | '\u{2009}' | '\u{2007}' => ' ',
        '\u{2019}' => '\'',
        other => other,
    };
    let invisible = |c: &char| matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    Cow::Owned(text.chars().filter(|c| !invisible(c)).map(western).collect())
}

/// Signs and words of currencies that may stand beside a number; three capitals are taken for an ISO code besides.
const CURRENCIES: [&str; 36] = [
    "$",
    "€",
    "£",
    "¥",
    "₽",
    "₴",
    "₸",
    "₺",
    "₹",
    "₩",
    "₫",
    "₪",
    "¢",
    "﷼",
    "zł",
    "zl",
    "zł.",
    "руб",
    "руб.",
    "р",
    "р.",
    "грн",
    "тг",
    "kr",
    "kr.",
    "kč",
    "ft",
    "lei",
    "us$",
    "r$",
    "a$",
    "c$",
    "ریال",
    "تومان",
    "rial",
    "toman",
];

/// A number in its clothes: currency, thousands, trailing minus, parentheses, other digits, exponent.
fn decorated(text: &str, mark: DecimalMark) -> Option<Decimal> {
    let western = western_digits(text);
    let mut body = western.trim();
    let mut negative = false;
    if let Some(inner) = body.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        (body, negative) = (inner.trim(), true);
    }
    let mut signs = 0;
    // A sign may stand outside or inside of the currency, before or after the number.
    for _ in 0..2 {
        for strip in [sign_before, sign_after] {
            if let Some((rest, minus)) = strip(body) {
                body = rest.trim();
                negative |= minus;
                signs += 1;
            }
        }
        body = without_currency(body);
    }
    if signs > 1 {
        return None;
    }
    let (body, exponent) = split_exponent(body)?;
    let (mantissa, scale) = grouped(body, mark)?;
    let scale = i64::from(scale) - exponent;
    let decimal = match scale {
        0..=18 => Decimal { mantissa, scale: scale as u32 },
        -18..0 => Decimal { mantissa: mantissa.checked_mul(10_i64.pow((-scale) as u32))?, scale: 0 },
        19..=300 => {
            Decimal { mantissa: mantissa / 10_i64.checked_pow((scale - 18) as u32).unwrap_or(i64::MAX), scale: 18 }
        }
        _ => return None,
    };
    Some(Decimal { mantissa: if negative { -decimal.mantissa } else { decimal.mantissa }, ..decimal })
}

fn sign_before(body: &str) -> Option<(&str, bool)> {
    body.strip_prefix('-').map(|rest| (rest, true)).or_else(|| body.strip_prefix('+').map(|rest| (rest, false)))
}

fn sign_after(body: &str) -> Option<(&str, bool)> {
    body.strip_suffix('-').map(|rest| (rest, true))
}

fn without_currency(body: &str) -> &str {
    let part_of_number = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-');
    let known = |word: &str| {
        let word = word.trim();
        (word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_uppercase()))
            || CURRENCIES.contains(&word.to_lowercase().as_str())
    };
    let mut body = body;
    if let Some(start) = body.find(part_of_number)
        && known(&body[..start])
    {
        body = body[start..].trim();
    }
    if let Some(end) = body.rfind(part_of_number)
        && known(&body[end + 1..])
    {
        body = body[..=end].trim();
    }
    body
}

fn split_exponent(body: &str) -> Option<(&str, i64)> {
    match body.find(['e', 'E']) {
        None => Some((body, 0)),
        Some(at) => Some((&body[..at], body[at + 1..].parse().ok()?)),
    }
}

/// Digits with a fraction, thousands parted or not; groups must be of three, so that 12,50 is never 1250.
fn grouped(body: &str, mark: DecimalMark) -> Option<(i64, u32)> {
    let (point, comma) = if mark == DecimalMark::Point { ('.', ',') } else { (',', '.') };
    // The Arabic decimal separator means a fraction whatever the mark, the Arabic thousands separator never does.
    let (whole, fraction) = match body.find(['\u{066B}', point]) {
        Some(at) => {
            let length = body[at..].chars().next().map_or(1, char::len_utf8);
            (&body[..at], &body[at + length..])
        }
        None => (body, ""),
    };
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let mut mantissa = 0_i64;
    let group_mark = whole.chars().find(|c| !c.is_ascii_digit());
    if group_mark.is_some_and(|c| c != comma && !matches!(c, ' ' | '\'' | '\u{066C}' | '_')) {
        return None;
    }
    for (place, part) in whole.split(|c| Some(c) == group_mark).enumerate() {
        let fits = match (group_mark, place) {
            (None, _) => true,
            (Some(_), 0) => (1..=3).contains(&part.len()) && !part.starts_with('0'),
            (Some(_), _) => part.len() == 3,
        };
        if !fits || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        for byte in part.bytes() {
            mantissa = mantissa.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
        }
    }
    let mut scale = 0;
    for byte in fraction.bytes() {
        // Digits beyond the 18th weigh less than any rounding here.
        if mantissa.unsigned_abs() >= 10_u64.pow(17) {
            break;
        }
        mantissa = mantissa * 10 + i64::from(byte - b'0');
        scale += 1;
    }
    Some((mantissa, scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, mark: DecimalMark) -> Option<String> {
        parse(text, mark).map(|decimal| decimal.to_string())
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        use DecimalMark::*;
        for (text, mark, expected) in [
            ("12.50", Point, Some("12.50")),
            ("12,50", Comma, Some("12.50")),
            ("12,50", Point, None),
            ("12.50", Comma, None),
            ("1,234", Point, Some("1234")),
            ("1,234", Comma, Some("1.234")),
            ("1,234,567.8", Point, Some("1234567.8")),
            ("1.234.567,8", Comma, Some("1234567.8")),
            ("1 234,56", Comma, Some("1234.56")),
            ("1\u{a0}234,56 zł", Comma, Some("1234.56")),
            ("1'234.56", Point, Some("1234.56")),
            ("0,125", Point, None),
            ("1234,567", Point, None),
            ("$1,234.56", Point, Some("1234.56")),
            ("-$5.00", Point, Some("-5.00")),
            ("$-5.00", Point, Some("-5.00")),
            ("(5.00)", Point, Some("-5.00")),
            ("($5.00)", Point, Some("-5.00")),
            ("12,50-", Comma, Some("-12.50")),
            ("\u{2212}3", Point, Some("-3")),
            ("+3", Point, Some("3")),
            ("--3", Point, None),
            ("12 руб.", Comma, Some("12")),
            ("PLN 12,00", Comma, Some("12.00")),
            ("۱۲٬۳۴۵٫۶", Point, Some("12345.6")),
            ("۱۲۳۴ تومان", Point, Some("1234")),
            ("1e-05", Point, Some("0.00001")),
            ("1.5E+06", Point, Some("1500000")),
            (".5", Point, Some("0.5")),
            ("5.", Point, Some("5")),
            ("15.299999999999999", Point, Some("15.299999999999999")),
            ("C536365", Point, None),
            ("12a", Point, None),
            ("12%", Point, None),
            ("2011-01-01", Point, None),
            (".", Point, None),
            ("-", Point, None),
            ("", Point, None),
        ] {
            assert_eq!(read(text, mark).as_deref(), expected, "{text:?} with a decimal {mark}");
        }
    }

    #[test]
    fn money_is_multiplied_exactly_and_rounded_once() {
        let decimal = |text| parse(text, DecimalMark::Point).unwrap();
        assert_eq!(decimal("1.00005").units(), Some(10_001));
        assert_eq!(decimal("-1.00005").units(), Some(-10_001));
        assert_eq!(decimal("1.00004999").units(), Some(10_000));
        assert_eq!(decimal("1000").times(decimal("0.00125")), Some(12_500));
        assert_eq!(decimal("3").times(decimal("-0.00005")), Some(-2), "-0.00015, half away from zero");
        assert_eq!(decimal("80995").times(decimal("2.08")), Some(1_684_696_000));
        assert_eq!(decimal("999999999999999999").units(), None, "too large to be an amount");
    }
}
